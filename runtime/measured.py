"""The plan that follows from the frames that have been timed."""

from __future__ import annotations

from runtime.clock import MILLISECOND
from runtime.crew import Crew
from runtime.feed import Feed
from runtime.graph import Graph
from runtime.node import StreamInfo
from runtime.options import Options
from runtime.plan import Cost, Plan, make_plan


def target_fps(graph: Graph, info: StreamInfo) -> float:
    """Returns the rate that a graph is to hold: its own, or that of its first source."""
    return graph.target_fps or float(info.rate or graph.quality.fps)


def measured_plan(graph: Graph, crew: Crew, feed: Feed, info: StreamInfo, buffer_bytes: int, options: Options) -> Plan:
    """Returns the plan for a graph whose nodes have run a few frames.

    Args:
        graph: what runs.
        crew: its nodes, with their meters.
        feed: its sources.
        info: the stream of its first source.
        buffer_bytes: buffers that nodes take for one frame.
        options: cores, and how many of the frames only warmed up.
    """
    cold = options.measured_frames // 3
    lead = next(iter(feed.readers.values()))
    costs = {
        node.name: Cost.measured(crew.invocations(node.name)[0].meter, cold)
        for node in graph.nodes
        if node.spec.role != "source"
    }
    return make_plan(
        graph, costs, target_fps=target_fps(graph, info), cores=options.cores,
        frame_bytes=buffer_bytes + info.width * info.height * 3,
        decode_ms=lead.meter.cpu / MILLISECOND / max(1, lead.meter.work.count),
    )  # fmt: skip
