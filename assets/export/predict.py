"""Predict how sad photos look: pip install -r requirements.txt, then python predict.py PHOTO..."""

import json
import sys
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter
from seeing import network_input

FOLDER = Path(__file__).parent
settings, answers = (json.loads((FOLDER / f"{name}.json").read_text("utf8")) for name in ("settings", "answers"))
network = Interpreter(str(FOLDER / "model.tflite"))
input_index, output_index = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
for path in sys.argv[1:]:
    try:
        pixels = network_input(path, settings, answers)
    except (OSError, ValueError) as problem:
        print(f"{path}: {problem}")
        continue
    network.resize_tensor_input(input_index, pixels.shape)  # one photo, or two with the mirror image
    network.allocate_tensors()
    network.set_tensor(input_index, pixels)
    network.invoke()
    p_sad = float(network.get_tensor(output_index).mean())
    words = "looks sad" if p_sad >= answers["threshold"] else "looks happy"
    if answers["not_sure_low"] <= p_sad <= answers["not_sure_high"]:
        words = "not sure"
    print(f"{path}: P(sad) = {p_sad:.7f}, {words}")
