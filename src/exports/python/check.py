#!/usr/bin/env python3
"""Loads the model of this folder and compares its logits with those that Swayground computed (expected_logits.json).

    python3 check.py

Uses transformers' LlamaForCausalLM where it is installed, else a plain forward pass in PyTorch, written out below.
Reads this folder only; no network. Exit code 0: every logit agrees to 1e-4. 1: some do not. 2: nothing could be compared.
"""

import json
import os
import pathlib
import struct
import sys

os.environ.setdefault("HF_HUB_OFFLINE", "1")
FOLDER = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-4

try:
    import torch
except ImportError:
    print("PyTorch is not installed, so nothing was compared. Install it: pip install torch")
    sys.exit(2)


def tensors():
    """The tensors of model.safetensors by name; the file has a JSON header and then float32 numbers."""
    data = (FOLDER / "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    found = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=torch.float32)
        found[name] = flat.reshape(entry["shape"])
    return found


def rms_norm(x, weight, eps):
    return weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps)


def rotate(x, cos, sin):
    half = x.shape[-1] // 2
    turned = torch.cat((-x[..., half:], x[..., :half]), dim=-1)
    return x * cos + turned * sin


def plain_logits(input_ids):
    """Logits [batch, length, vocabulary] of a Llama decoder with tied embeddings."""
    config = json.loads((FOLDER / "config.json").read_text())
    weights = tensors()
    heads, eps = config["num_attention_heads"], config["rms_norm_eps"]
    batch, length = input_ids.shape
    size = config["hidden_size"] // heads
    frequencies = config["rope_theta"] ** -(torch.arange(0, size, 2, dtype=torch.float32) / size)
    angles = torch.arange(length, dtype=torch.float32)[:, None] * frequencies
    angles = torch.cat((angles, angles), dim=-1)
    cos, sin = angles.cos(), angles.sin()
    hidden_places = torch.full((length, length), float("-inf")).triu(1)

    x = weights["model.embed_tokens.weight"][input_ids]
    for layer in range(config["num_hidden_layers"]):
        own = {k.split(f"layers.{layer}.", 1)[1]: v for k, v in weights.items() if f"layers.{layer}." in k}
        normed = rms_norm(x, own["input_layernorm.weight"], eps)
        q, k, v = (
            (normed @ own[f"self_attn.{name}_proj.weight"].T).view(batch, length, heads, size).transpose(1, 2)
            for name in "qkv"
        )
        scores = rotate(q, cos, sin) @ rotate(k, cos, sin).transpose(2, 3) / size**0.5 + hidden_places
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, heads * size)
        x = x + mixed @ own["self_attn.o_proj.weight"].T
        normed = rms_norm(x, own["post_attention_layernorm.weight"], eps)
        gate = normed @ own["mlp.gate_proj.weight"].T
        up = normed @ own["mlp.up_proj.weight"].T
        x = x + (torch.nn.functional.silu(gate) * up) @ own["mlp.down_proj.weight"].T
    return rms_norm(x, weights["model.norm.weight"], eps) @ weights["model.embed_tokens.weight"].T


def logits_of(input_ids):
    """The logits, and in words what computed them."""
    try:
        import transformers
    except ImportError:
        print("transformers is not installed; the forward pass written in this script is used.")
        return plain_logits(input_ids), "the plain forward pass"
    transformers.utils.logging.set_verbosity_error()
    model = transformers.LlamaForCausalLM.from_pretrained(FOLDER, attn_implementation="eager")
    return model.float().eval()(input_ids).logits, f"LlamaForCausalLM of transformers {transformers.__version__}"


def main():
    given = json.loads((FOLDER / "expected_logits.json").read_text())
    input_ids = torch.tensor(given["input_ids"])
    expected = torch.tensor(given["logits"], dtype=torch.float32)
    with torch.no_grad():
        logits, by = logits_of(input_ids)
    apart = (logits - expected).abs().max().item()
    agrees = apart <= TOLERANCE
    told = f"{expected.numel()} logits of {len(input_ids)} texts by {by}: largest difference {apart:.2e}"
    print(f"{told}, {'agrees' if agrees else 'DOES NOT AGREE'} (allowed {TOLERANCE:g}).")
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
