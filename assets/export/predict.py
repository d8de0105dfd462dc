"""Predict how sad photos look: pip install -r requirements.txt, then python predict.py PHOTO..."""

import sys

from ai_edge_litert.interpreter import Interpreter
from intact import content, values
from seeing import network_input

settings, answers = values("settings.json"), values("answers.json")
network = Interpreter(model_content=content("model.tflite", answers))
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
    p_sad, *p_neither = map(float, network.get_tensor(output_index).mean(axis=0))
    words = "looks sad" if p_sad >= answers["threshold"] else "looks happy"
    if answers["not_sure_low"] <= p_sad <= answers["not_sure_high"]:
        words = "not sure"
    if p_neither and p_neither[0] >= answers.get("neither_from", 0.5):
        words = "neither clearly"
    print(f"{path}: P(sad) = {p_sad:.7f}, {words}")
