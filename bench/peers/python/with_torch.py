"""PyTorch on the processor; tensors are z, y, x."""

import torch

NAME = f"torch {torch.__version__}"
THREADED = True
torch.set_grad_enabled(False)


def use_threads(count):
    torch.set_num_threads(count)


def on(a):
    return torch.from_numpy(a)


def taken(buffers, name, shape, dtype):
    return buffers.keep(name, lambda: torch.empty(tuple(shape), dtype=dtype))


def threshold(a, args, buffers):
    t = on(a)
    out = taken(buffers, "threshold", a.shape, t.dtype)
    below = taken(buffers, "below", a.shape, torch.bool)
    torch.lt(t, args.below, out=below)
    out.copy_(t).masked_fill_(below, 0)
    return out


def add(a, args, buffers):
    t = on(a)
    return torch.add(t, int(args.operand), out=taken(buffers, "sum", a.shape, t.dtype))


def cast(a, args, buffers):
    return taken(buffers, "cast", a.shape, torch.float32).copy_(on(a))


def value_range(a, args, buffers):
    return [float(value) for value in torch.aminmax(on(a))]


def copied(name, view):
    def operation(a, args, buffers):
        seen = view(on(a))
        return taken(buffers, name, seen.shape, seen.dtype).copy_(seen)

    return operation


OPERATIONS = {
    "threshold": threshold,
    "add": add,
    "cast": cast,
    "range": value_range,
    "shrink": copied("shrunk", lambda t: t[1::2, 1::2, 1::2]),
    "flipX": lambda a, args, buffers: torch.flip(on(a), (2,)),
    "permuteYXZ": copied("permuted", lambda t: t.permute(0, 2, 1)),
    "permuteZYX": copied("permuted", lambda t: t.permute(2, 1, 0)),
}
