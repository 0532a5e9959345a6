"""Fresh processes: the time until a program can begin."""

from benchmarks.case import LIBRARIES, process_case

GROUP = "import"
STEP = """
import {0}
import {0}.nn as nn
layer = nn.Linear(4, 2)
optimizer = {0}.optim.SGD(layer.parameters(), lr=0.1)
layer(torch.randn(8, 4)).sum().backward()
optimizer.step()
""".replace("torch.randn", "{0}.randn")

process_case(GROUP, "import", {library: f"import {library}" for library in LIBRARIES})
process_case(
    GROUP,
    "import and one training step",
    {library: STEP.format(library) for library in LIBRARIES if library != "numpy"},
)
