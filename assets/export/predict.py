"""Says how sad photos look: pip install -r requirements.txt, then python predict.py PHOTO..."""

import json
import sys
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter
from seeing import see

FOLDER = Path(__file__).parent
settings, answers = (json.loads((FOLDER / f"{name}.json").read_text("utf8")) for name in ("settings", "answers"))
network = Interpreter(str(FOLDER / "model.tflite"))
network.allocate_tensors()
before, after = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
for name in sys.argv[1:]:
    try:
        network.set_tensor(before, see(name, settings, answers["needs_face"]))
    except (OSError, ValueError) as problem:
        print(f"{name}: {problem}")
        continue
    network.invoke()
    p_sad = float(network.get_tensor(after)[0, 0])
    words = "looks sad" if p_sad >= answers["threshold"] else "looks happy"
    if answers["not_sure_low"] <= p_sad <= answers["not_sure_high"]:
        words = "not sure"
    print(f"{name}: P(sad) = {p_sad:.7f}, {words}")
