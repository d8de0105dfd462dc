"""The numbers of the network in this folder, as answers.json calibrates them."""

import math

from ai_edge_litert.interpreter import Interpreter
from intact import content


def read_network(answers):
    """Return the network of this folder."""
    return Interpreter(model_content=content("model.tflite", answers))


def numbers_of(network, pixels, answers):
    """Return P(sad), and P(neither) or None where the network did not learn it; the mean over the views of a photo."""
    input_index, output_index = network.get_input_details()[0]["index"], network.get_output_details()[0]["index"]
    network.resize_tensor_input(input_index, pixels.shape)  # one view, or two with the mirror image
    network.allocate_tensors()
    network.set_tensor(input_index, pixels)
    network.invoke()
    p_sad, *others = (float(number) for number in network.get_tensor(output_index).mean(axis=0))
    return _calibrated(p_sad, answers.get("p_sad_calibration")), others[0] if others else None


def _calibrated(p_sad, curve):
    if not curve:
        return p_sad
    p_sad = min(max(p_sad, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-curve["slope"] * math.log(p_sad / (1 - p_sad)) - curve["intercept"]))
