"""The numbers of the network in this folder, or the mean of its two networks, as answers.json calibrates them."""

import math
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from intact import content


def read_networks(answers):
    """Return the networks of this folder."""
    files = [name for name in ("model.tflite", "second.tflite") if (Path(__file__).parent / name).exists()]
    return [Interpreter(model_content=content(name, answers)) for name in files]


def numbers_of(networks, pixels, answers):
    """Return P(sad), and P(neither) or None where no network learned it, for a photo, or for it and its mirror image."""
    outputs = [_output(network, pixels) for network in networks]
    p_neither = [output[1] for output in outputs if len(output) > 1]
    p_sad = float(np.mean([output[0] for output in outputs]))
    return _calibrated(p_sad, answers.get("p_sad_calibration")), float(np.mean(p_neither)) if p_neither else None


def _output(network, pixels):
    input_index, output_index = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
    network.resize_tensor_input(input_index, pixels.shape)  # one photo, or two with the mirror image
    network.allocate_tensors()
    network.set_tensor(input_index, pixels)
    network.invoke()
    return network.get_tensor(output_index).mean(axis=0)


def _calibrated(p_sad, curve):
    if not curve:
        return p_sad
    p_sad = min(max(p_sad, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-curve["slope"] * math.log(p_sad / (1 - p_sad)) - curve["intercept"]))
