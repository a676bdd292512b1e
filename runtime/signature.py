"""Reads a node's signature into a `NodeSpec`. Does not know graphs or threads."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Union

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from runtime.errors import NodeDefinitionError
from runtime.kinds import Frame, Kind
from runtime.node import MARK, Context, Marked, NodeSpec, Output, Port, Role, Sink, Source
from runtime.schema import ENGINE_KEYS
from runtime.settings import Eases


@dataclass(frozen=True, slots=True)
class _Signature:
    """One callable, taken apart."""

    ports: tuple[Port, ...]
    settings: dict[str, tuple[Any, Any]]
    context: str | None
    returns: Any


def spec_of(definition: Callable[..., Any]) -> NodeSpec:
    """Returns the spec of a definition marked with `@node`; raises `NodeDefinitionError`."""
    mark = definition.__dict__.get(MARK)
    if not isinstance(mark, Marked):
        raise NodeDefinitionError("this is no node: put @node above it", _where(definition))
    name = mark.name or _snake_case(definition.__name__)
    where = _where(definition)
    if inspect.isclass(definition):
        return _class_spec(name, definition, mark, where)
    call = _read(definition, where, skip_self=False)
    outputs = _outputs(call.returns, where)
    _require(bool(call.ports), where, f"node {name!r} has no input port")
    return NodeSpec(
        name=name, target=definition, role="node", ports=call.ports, outputs=outputs,
        fixed=_model(name, "Fixed", {}), live=_model(name, "Live", call.settings), ordered=mark.ordered,
        stateless=True, batched=False, context=call.context, where=where, doc=inspect.getdoc(definition) or "",
    )  # fmt: skip


def specs_of_module(module: types.ModuleType) -> list[NodeSpec]:
    """Returns the specs of the marked definitions that a module makes, not of those that it imports."""
    own = [item for item in vars(module).values() if getattr(item, "__module__", None) == module.__name__]
    return [spec_of(item) for item in own if callable(item) and MARK in getattr(item, "__dict__", {})]


def _class_spec(name: str, definition: type, mark: Marked, where: str) -> NodeSpec:
    role: Role = "source" if issubclass(definition, Source) else "sink" if issubclass(definition, Sink) else "node"
    made = _read(definition.__init__, where, skip_self=True)  # type: ignore[misc]
    _require(not made.ports, where, f"__init__ of node {name!r} takes a port; ports belong to __call__")
    if role == "source":
        call = _Signature((), {}, None, Frame)
    else:
        method = "write" if role == "sink" else "__call__"
        function = definition.__dict__.get(method) or getattr(definition, method, None)
        _require(inspect.isfunction(function), where, f"node {name!r} has no method {method}")
        call = _read(typing.cast("Callable[..., Any]", function), where, skip_self=True)
        _require(bool(call.ports), where, f"node {name!r} has no input port")
        _require(call.context is None, where, f"node {name!r}: Context belongs to __init__")
    eased = [name for name, (hint, _) in made.settings.items() if _eases(hint)]
    _require(not eased, where, f"node {name!r}: {', '.join(eased)} cannot be eased, as a change rebuilds the node")
    both = made.settings.keys() & call.settings.keys()
    _require(not both, where, f"node {name!r} declares {', '.join(sorted(both))} in __init__ and in its call")
    return NodeSpec(
        name=name, target=definition, role=role, ports=call.ports,
        outputs=() if role == "sink" else _outputs(call.returns, where),
        fixed=_model(name, "Fixed", made.settings), live=_model(name, "Live", call.settings),
        ordered=mark.ordered or role == "sink", stateless=False, batched=callable(getattr(definition, "batch", None)),
        context=made.context, where=where, doc=inspect.getdoc(definition) or "",
    )  # fmt: skip


def _read(function: Callable[..., Any], where: str, *, skip_self: bool) -> _Signature:
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except Exception as error:  # any broken annotation of a plug-in is its author's to mend
        raise NodeDefinitionError(f"an annotation cannot be resolved: {error}", where) from error
    ports: list[Port] = []
    settings: dict[str, tuple[Any, Any]] = {}
    context: str | None = None
    parameters = list(inspect.signature(function).parameters.values())
    if function is object.__init__:
        parameters = []
    for parameter in parameters[1 if skip_self and parameters else 0 :]:
        label = f"parameter {parameter.name!r}"
        _require(parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD), where, f"{label}: no * or **")
        _require(parameter.name in hints, where, f"{label} has no annotation")
        hint = hints[parameter.name]
        if hint is Context:
            context = parameter.name
        elif parameter.kind is parameter.KEYWORD_ONLY:
            _require(parameter.name not in ENGINE_KEYS, where, f"{label}: the name belongs to the engine")
            default = ... if parameter.default is parameter.empty else parameter.default
            settings[parameter.name] = (hint, default)
            _check_eases(parameter.name, hint, where)
        else:
            ports.append(_port(parameter, hint, where))
    return _Signature(_answering(ports), settings, context, hints.get("return"))


def _eases(hint: Any) -> list[Eases]:
    return [mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Eases)]


def _check_eases(name: str, hint: Any, where: str) -> None:
    """Finds values that a setting is to be eased to and cannot have."""
    for eases in _eases(hint):
        for value in eases.values:
            try:
                TypeAdapter(hint).validate_python(value, strict=True)
            except ValidationError as error:
                reason = error.errors()[0]["msg"]
                raise NodeDefinitionError(f"setting {name!r} cannot be eased to {value!r}: {reason}", where) from error


def _answering(ports: list[Port]) -> tuple[Port, ...]:
    """Returns the ports of a node; one that wants to know of skipped frames is told by its optional ports, too."""
    if not any(port.tolerant for port in ports):
        return tuple(ports)
    return tuple(replace(port, tolerant=port.tolerant or port.optional) for port in ports)


def _port(parameter: inspect.Parameter, hint: Any, where: str) -> Port:
    kind, may_be_none = _kind_of(hint)
    _require(
        kind is not None, where,
        f"parameter {parameter.name!r} is of no kind: a port takes a Frame, Faces, ...; a setting stands after *",
    )  # fmt: skip
    optional = parameter.default is None
    has_default = parameter.default is not parameter.empty
    _require(not has_default or optional, where, f"port {parameter.name!r}: the only default is None")
    return Port(parameter.name, typing.cast("type[Kind]", kind), optional, tolerant=may_be_none and not optional)


def _kind_of(hint: Any) -> tuple[type[Kind] | None, bool]:
    """Returns the kind in `Kind` or `Kind | None`, and whether None is allowed."""
    if inspect.isclass(hint) and issubclass(hint, Kind):
        return hint, False
    if typing.get_origin(hint) in (Union, types.UnionType):
        parts = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(parts) == 1 and inspect.isclass(parts[0]) and issubclass(parts[0], Kind):
            return parts[0], True
    return None, False


def _outputs(returns: Any, where: str) -> tuple[Output, ...]:
    if inspect.isclass(returns) and issubclass(returns, Kind):
        return (Output("", returns),)
    if inspect.isclass(returns) and issubclass(returns, tuple) and hasattr(returns, "_fields"):
        fields = typing.get_type_hints(returns)
        if fields and all(_kind_of(kind)[0] is kind for kind in fields.values()):
            return tuple(Output(name, kind) for name, kind in fields.items())
    if returns is None or returns is type(None):
        raise NodeDefinitionError("it says not what it returns; write for example -> Frame", where)
    shown = getattr(returns, "__name__", repr(returns))
    raise NodeDefinitionError(f"the return annotation must be a kind or a NamedTuple of kinds, not {shown}", where)


def _model(name: str, suffix: str, settings: dict[str, tuple[Any, Any]]) -> type[BaseModel]:
    title = "".join(part.capitalize() for part in name.split("_"))
    config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=False, allow_inf_nan=False)
    fields: dict[str, Any] = dict(settings)
    return create_model(f"{title}{suffix}", __config__=config, **fields)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _where(definition: Callable[..., Any]) -> str:
    """Returns `file:line` of a definition, or its name when it has no source."""
    try:
        lines, first = inspect.getsourcelines(definition)
        above = next((i for i, line in enumerate(lines) if line.lstrip().startswith(("def ", "class "))), 0)
        return f"{inspect.getsourcefile(definition)}:{first + above}"
    except (OSError, TypeError):
        return f"{definition.__module__}.{definition.__qualname__}"


def _require(
    holds: bool,  # noqa: FBT001 - reads as the condition
    where: str,
    message: str,
) -> None:
    if not holds:
        raise NodeDefinitionError(message, where)
