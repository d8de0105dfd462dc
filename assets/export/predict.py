"""Predict how sad photos look: pip install -r requirements.txt, then python predict.py PHOTO..."""

import hashlib
import json
import sys
from pathlib import Path

from ai_edge_litert.interpreter import Interpreter
from seeing import network_input

FOLDER = Path(__file__).parent


def as_written(name, data, expected):
    """Return the bytes of a file, or end where they are not those that were written; older exports lack the hash."""
    if expected is not None and hashlib.sha256(data).hexdigest() != expected:
        sys.exit(f"The file {name} is damaged. Restore it from a backup, or export the network again.")
    return data


def read(name):
    """Return the values in a JSON file, which carries a checksum of its other keys."""
    values = json.loads((FOLDER / name).read_text("utf8"))
    checksum = values.pop("checksum", None)
    as_written(name, json.dumps(values, sort_keys=True, separators=(",", ":")).encode(), checksum)
    return values


settings, answers = read("settings.json"), read("answers.json")
content = as_written(
    "model.tflite", (FOLDER / "model.tflite").read_bytes(), answers.get("files", {}).get("model.tflite")
)
network = Interpreter(model_content=content)
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
