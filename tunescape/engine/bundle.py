"""A named tuple of arrays handed from kernel to kernel as one pointer.

Numba hands a tuple over by its members, of which each array has seven: a kernel that takes the state
of a block would have hundreds of arguments, and compiling would be mostly about these. A bundle is
read like the tuple. Without the compiler it is the tuple.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core.cgutils import alloca_once_value
from numba.core.datamodel import PrimitiveModel
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import lower_builtin, lower_getattr_generic, register_model, type_callable


class Bundle(types.Type):
    """Numba's type of a bundle: that of its named tuple."""

    def __init__(self, members: types.NamedTuple) -> None:
        self.members = members
        super().__init__(name=f"bundle({members})")


@register_model(Bundle)
class _BundleModel(PrimitiveModel):
    """A pointer to the members' values."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.PointerType(manager.lookup(kind.members).get_value_type()))


def bundle(members):
    """Bundle a named tuple."""
    return members


@type_callable(bundle)
def _type_bundle(context):
    return lambda members: Bundle(members) if isinstance(members, types.BaseNamedTuple) else None


@lower_builtin(bundle, types.BaseNamedTuple)
def _lower_bundle(context, builder, sig, args):
    return alloca_once_value(builder, args[0])


@infer_getattr
class _BundleAttribute(AttributeTemplate):
    key = Bundle

    def generic_resolve(self, kind, name):
        fields = kind.members.fields
        return kind.members.types[fields.index(name)] if name in fields else None


@lower_getattr_generic(Bundle)
def _lower_member(context, builder, kind, value, name):
    index = kind.members.fields.index(name)
    at = builder.gep(value, [ir.Constant(ir.IntType(32), 0), ir.Constant(ir.IntType(32), index)], inbounds=True)
    return builder.load(at)
