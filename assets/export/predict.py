"""Predict how sad photos look: pip install -r requirements.txt, then python predict.py PHOTO..."""

import sys

from intact import values
from network import numbers_of, read_network
from seeing import network_input

settings, answers = values("settings.json"), values("answers.json")
network = read_network(answers)
for path in sys.argv[1:]:
    try:
        pixels, remark, is_clear = network_input(path, settings, answers)
    except (OSError, ValueError) as problem:
        print(f"{path}: {problem}")
        continue
    p_sad, p_neither = numbers_of(network, pixels, answers)
    words = "looks sad" if p_sad >= answers["threshold"] else "looks happy"
    if not is_clear or answers["not_sure_low"] <= p_sad <= answers["not_sure_high"]:
        words = "not sure"
    if p_neither is not None and p_neither >= answers.get("neither_from", 0.5):
        words = "neither clearly"
    print(f"{path}: P(sad) = {p_sad:.7f}, {words}{remark and f' ({remark})'}")
