"""EcoLogits without a service: as many calls as each line of the input asks for, and a line when they are done."""

import logging
import sys

from ecologits.tracers.utils import llm_impacts

logging.getLogger("ecologits").setLevel(logging.ERROR)
for line in sys.stdin:
    for _ in range(int(line)):
        llm_impacts("openai", "gpt-5", 400, 5.0, "FRA")
    print("done", flush=True)
