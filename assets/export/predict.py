"""Predict how sad photos look: pip install -r requirements.txt, then python predict.py PHOTO..."""

import math
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from intact import content, values
from seeing import network_input

settings, answers = values("settings.json"), values("answers.json")
files = [name for name in ("model.tflite", "second.tflite") if (Path(__file__).parent / name).exists()]
networks = [Interpreter(model_content=content(name, answers)) for name in files]


def outputs_of(network, pixels):
    """Return a network's numbers, the mean over the photo and its mirror image: P(sad), and P(neither) if learned."""
    input_index, output_index = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
    network.resize_tensor_input(input_index, pixels.shape)  # one photo, or two with the mirror image
    network.allocate_tensors()
    network.set_tensor(input_index, pixels)
    network.invoke()
    return network.get_tensor(output_index).mean(axis=0)


def calibrated(p_sad):
    """Return P(sad) as answers.json calibrates it, if it does."""
    scaling = answers.get("p_sad_calibration")
    if not scaling:
        return p_sad
    p_sad = min(max(p_sad, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-scaling["slope"] * math.log(p_sad / (1 - p_sad)) - scaling["intercept"]))


for path in sys.argv[1:]:
    try:
        pixels, remark, is_clear = network_input(path, settings, answers)
    except (OSError, ValueError) as problem:
        print(f"{path}: {problem}")
        continue
    outputs = [outputs_of(network, pixels) for network in networks]
    p_sad = calibrated(float(np.mean([numbers[0] for numbers in outputs])))
    p_neither = [numbers[1] for numbers in outputs if len(numbers) > 1]
    words = "looks sad" if p_sad >= answers["threshold"] else "looks happy"
    if not is_clear or answers["not_sure_low"] <= p_sad <= answers["not_sure_high"]:
        words = "not sure"
    if p_neither and np.mean(p_neither) >= answers.get("neither_from", 0.5):
        words = "neither clearly"
    print(f"{path}: P(sad) = {p_sad:.7f}, {words}{remark and f' ({remark})'}")
