"""Says how sad photos look: pip install -r requirements.txt, then python predict.py PHOTO..."""

import json
import sys
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter
from seeing import see

FOLDER = Path(__file__).parent
settings, answers = (json.loads((FOLDER / f"{name}.json").read_text("utf8")) for name in ("settings", "answers"))
network = Interpreter(str(FOLDER / "model.tflite"))
before, after = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
for name in sys.argv[1:]:
    try:
        pixels = see(name, settings, answers)
    except (OSError, ValueError) as problem:
        print(f"{name}: {problem}")
        continue
    network.resize_tensor_input(before, pixels.shape)
    network.allocate_tensors()
    network.set_tensor(before, pixels)
    network.invoke()
    p_sad = float(network.get_tensor(after).mean())
    words = "looks sad" if p_sad >= answers["threshold"] else "looks happy"
    if answers["not_sure_low"] <= p_sad <= answers["not_sure_high"]:
        words = "not sure"
    print(f"{name}: P(sad) = {p_sad:.7f}, {words}")
