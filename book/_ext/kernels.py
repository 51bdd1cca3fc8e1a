"""How notebooks' kernels are started.

A kernel listens on the machine's own network, where other users may listen, too: so its manager gives
it a key. Without one, ipykernel warns at every start.
"""

from traitlets.config import Config

ENCRYPTED = Config(KernelManager={"transport_encryption": "auto"})
