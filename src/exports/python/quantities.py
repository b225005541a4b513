

class Quantities:
    """What the formula may read, by its names, from the logits of a batch [2B, L, V]: first B chosen, then B rejected rows.

    `completion_mask` [2B, L] is 1 where a token belongs to its response. `columns` are numbers a pair [B]; `mismatched`
    gives `logp_m` and `ref_m` [B]. Everything of the reference is frozen.
    """

    def __init__(self, logits, ref_logits, input_ids, completion_mask, columns=None, mismatched=None):
        self.mask = completion_mask[:, 1:].to(logits.dtype)
        self.targets = input_ids[:, 1:]
        self.logps = logits[:, :-1].log_softmax(-1)
        self.ref_logps = None if ref_logits is None else ref_logits[:, :-1].detach().log_softmax(-1)
        self.columns = dict(columns or {})
        self.mismatched = mismatched

    def __getitem__(self, name):
        if name in self.columns:
            return self.columns[name]
        if name in ("logp_m", "ref_m"):
            self.columns.update(self.mismatched())
            return self.columns[name]
        key, side = name.removesuffix("[t]").rsplit("_", 1)
        values = PER_TOKEN[key](self)
        if key != "mask" and not name.endswith("[t]"):
            values = (values * self.mask).sum(-1)
        half = len(values) // 2
        return values[:half] if side == "w" else values[half:]


def chosen_words(logps, targets):
    return logps.gather(-1, targets.unsqueeze(-1)).squeeze(-1)


def divergence(p, q):
    return (p.exp() * (p - q)).sum(-1)


# each [2B, L - 1]; positions count on where no token stands, so that nothing is divided by 0 there
PER_TOKEN = {
    "mask": lambda of: of.mask,
    "len": lambda of: of.mask,
    "position": lambda of: of.mask.cumsum(-1).clamp(min=1),
    "logp": lambda of: chosen_words(of.logps, of.targets),
    "ref": lambda of: chosen_words(of.ref_logps, of.targets),
    "entropy": lambda of: -(of.logps.exp() * of.logps).sum(-1),
    "kl": lambda of: divergence(of.logps, of.ref_logps),
    "kl_ref": lambda of: divergence(of.ref_logps, of.logps),
    "p_squared": lambda of: of.logps.detach().exp().square().sum(-1),
}


def call(row, values):
    """A printed function on the quantities that it reads; None where the formula has none of that kind."""
    if row is None:
        return None
    function, names, parameters = row
    return function(*(values[name] for name in names), *parameters)


def rewards(values):
    """Rewards of the chosen and the rejected responses, each [B], without a gradient: the formula's own, else log-ratios."""
    with torch.no_grad():
        own = [call(row, values) for row in REWARDS]
        sides = zip("wl", own)
        return [values[f"logp_{s}"] - values[f"ref_{s}"] if r is None else r for s, r in sides]


def loss(values):
    return call(LOSS, values)


def mismatched_rows(input_ids, completion_mask):
    """For each pair its prompt with the response of the pair before it in the batch, chosen and rejected in turn.

    Returns input_ids, attention_mask and completion_mask, each [B, L'].
    """
    pairs = len(input_ids) // 2
    if pairs < 2:
        raise ValueError("This loss reads responses to other prompts: it needs a batch of at least 2 pairs a device.")
    rows = []
    for p in range(pairs):
        partner = (p - 1) % pairs + (0 if p % 2 == 0 else pairs)
        prompt = input_ids[p, : int(completion_mask[p].argmax())]
        rows.append((prompt, input_ids[partner][completion_mask[partner] == 1]))
    length = max(len(prompt) + len(response) for prompt, response in rows)
    ids, attention, mask = (input_ids.new_zeros(pairs, length) for _ in range(3))
    for p, (prompt, response) in enumerate(rows):
        end = len(prompt) + len(response)
        ids[p, : len(prompt)], ids[p, len(prompt) : end] = prompt, response
        attention[p, :end], mask[p, len(prompt) : end] = 1, 1
    return ids, attention, mask


def response_logps(logits, input_ids, completion_mask):
    """Log-probs summed over each response, [rows]."""
    words = chosen_words(logits[:, :-1].log_softmax(-1), input_ids[:, 1:])
    return (words * completion_mask[:, 1:]).sum(-1)
