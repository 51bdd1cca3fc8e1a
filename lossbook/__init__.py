"""Loss functions for teaching: values and gradients, exact and tested, on NumPy alone.

Examples
--------
>>> import lossbook as lb
>>> loss = lb.MeanSquaredError()
>>> loss([1.0, 0.0, 1.0, 1.0], [0.9, 0.1, 0.8, 0.5])
0.0775
>>> loss.gradient([1.0, 0.0, 1.0, 1.0], [0.9, 0.1, 0.8, 0.5])
array([-0.05,  0.05, -0.1 , -0.25])
"""

from importlib import import_module

__version__ = "0.1.0"


def _exports() -> tuple[dict[str, str], dict[str, str]]:
    """Return the module of each public name, and the module that each public module's name means.

    `__init__.pyi` lists them, for type checkers too; a module is loaded when one of its names is
    first used, so that importing the package costs nothing.
    """
    names, modules, home = {}, {}, ""
    for line in __spec__.loader.get_data(f"{__file__}i").decode().splitlines():  # type: ignore
        match line.split():
            case ["from", home, "import", "("]:
                pass
            case ["from", package, "import", name, "as", _]:
                modules[name] = f"{package}.{name}"
            case [name, "as", _]:
                names[name] = home
    return names, modules


_NAMES, _MODULES = _exports()

__all__ = sorted(_NAMES)


def __getattr__(name: str) -> object:
    if name in _NAMES:
        value = getattr(import_module(_NAMES[name]), name)
    elif name in _MODULES:
        value = import_module(_MODULES[name])
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_NAMES, *_MODULES})
