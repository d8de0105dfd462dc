"""Write a network as ONNX: ``python -m emotion_core.network.export MODEL.keras MODEL.onnx``."""

import sys
from pathlib import Path

from emotion_core.network.export.onnx import save_onnx

if __name__ == "__main__":
    save_onnx(Path(sys.argv[1]), Path(sys.argv[2]))
