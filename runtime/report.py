"""What people read of a run: one line while it goes on, and a table at its end. Text from snapshots, nothing else."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from runtime.metrics import Metrics
from runtime.stats import NodeStats, Snapshot

_HEADINGS = ("node", "type", "frames", "p50", "p95", "p99", "cpu", "waits", "works", "blocks")


def progress_line(snapshot: Snapshot, total: int | None = None) -> str:
    """Returns one line of at most 80 columns; with `total` frames known, how far it is and how long it will take."""
    run = snapshot.run
    if snapshot.mode == "live":
        lost = f"drops {run.drops}" + (f"  withheld {run.withheld}" if run.withheld else "")
        age = f"age {run.age_ms.p50:.1f} p50 {run.age_ms.p99:.1f} p99 ms"
        return f"{run.wall_s:6.1f} s  {run.frames_presented:6d} frames  {run.fps:5.1f} fps  {age}  {lost}"
    done = f"{run.frames_presented:6d}" + (f" of {total}" if total else "")
    return f"{run.wall_s:6.1f} s  {done} frames  {run.fps:5.1f} fps{_left(snapshot, total)}"


def machine_line(snapshot: Snapshot) -> str:
    """Returns how the machine is, and what a live graph gives up for that, as one line of at most 80 columns."""
    vitals, adaptation = snapshot.vitals, snapshot.adaptation
    parts = []
    if vitals is not None:
        load = "" if vitals.load is None else f", load {vitals.load:.0%}"
        parts.append(f"heat {vitals.thermal}, memory {vitals.memory}, power {vitals.power}{load}")
    if adaptation is not None:
        parts.append(f"step {adaptation.step} of {adaptation.steps}, aim {adaptation.aim_fps:.3g} fps")
    return f"{snapshot.run.wall_s:6.1f} s  {'; '.join(parts)}"


def closing_table(snapshot: Snapshot, metrics: Metrics) -> str:
    """Returns what happened, node by node; times in ms for one frame, shares of the stage's time in per cent."""
    run = snapshot.run
    presented = f"{run.frames_presented} of {run.frames_admitted} frames presented"
    outcome = {
        "drops": run.drops, "paced": run.paced, "skipped": run.skipped, "withheld": run.withheld, "held": run.held,
        "blurred": run.blurred, "errors": run.errors,
    }  # fmt: skip
    lines = [
        f"{snapshot.graph} ({snapshot.mode}): {presented} in {run.wall_s:.1f} s, {run.fps:.1f} fps",
        "  ".join(f"{name} {count}" for name, count in outcome.items()),
    ]
    if snapshot.mode == "live":
        age = run.age_ms
        lines.append(
            f"capture to present {age.p50:.1f} p50  {age.p95:.1f} p95  {age.p99:.1f} p99  {age.max:.1f} max ms"
        )
    if (adaptation := snapshot.adaptation) and adaptation.reason:
        step = f"step {adaptation.step} of {adaptation.steps}, changes {adaptation.changes}"
        lines += textwrap.wrap(f"{step}: {adaptation.reason}", 80, subsequent_indent="  ")
    lines += ["", *_aligned([_HEADINGS, *(_row(name, node) for name, node in snapshot.nodes.items())]), ""]
    counters = [
        f"{name}: " + ", ".join(f"{key} {value}" for key, value in node.counters.items())
        for name, node in snapshot.nodes.items()
        if any(node.counters.values())
    ]
    counters += [
        f"{name}: {model} on {node.device}, {network}"
        for name, node in snapshot.nodes.items()
        if node.device != "cpu"
        for model, network in node.networks.items()
    ]
    stages = " | ".join("+".join(stage) for stage in snapshot.stages)
    cpu_ms = sum(node.cpu_ms_mean * node.calls for node in snapshot.nodes.values())
    per_frame = cpu_ms / max(1, run.frames_admitted)
    lines += [*counters, f"stages {stages}; {run.credits} in flight"]
    memory = f", {metrics.run.peak_rss_mb:.0f} MB" if metrics.run.peak_rss_mb else ""
    lines.append(f"nodes {per_frame:.1f} ms CPU a frame; process {metrics.run.cpu_s:.1f} s CPU{memory}")
    return "\n".join(lines)


def _row(name: str, node: NodeStats) -> tuple[str, ...]:
    whole = node.waiting_s + node.working_s + node.blocked_s
    shares = (100 * part / whole if whole else 0.0 for part in (node.waiting_s, node.working_s, node.blocked_s))
    times = (node.ms.p50, node.ms.p95, node.ms.p99, node.cpu_ms_mean)
    return (
        name,
        node.type,
        str(node.calls),
        *(f"{time:.2f}" for time in times),
        *(f"{share:.0f}%" for share in shares),
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the rows with text to the left and numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _left(snapshot: Snapshot, total: int | None) -> str:
    run = snapshot.run
    if not total or run.fps <= 0 or snapshot.state in ("ended", "failed"):
        return ""
    seconds = int(max(0, total - run.frames_presented) / run.fps)
    share = 100 * run.frames_presented / total
    return f"  {share:3.0f} %  {seconds // 60}:{seconds % 60:02d} left"
