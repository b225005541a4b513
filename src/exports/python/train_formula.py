class FormulaCollator(DataCollatorForPreference):
    """Takes the columns along that the formula reads."""

    def torch_call(self, examples):
        batch = super().torch_call(examples)
        for name in COLUMNS:
            batch[name] = torch.tensor([example[name] for example in examples], dtype=torch.float32)
        return batch


class FormulaTrainer(DPOTrainer):
    """DPOTrainer with the loss of loss.py. TRL's computes its losses in `_compute_loss`, which is replaced here."""

    reward_mean, reward_count = 0.0, 0

    def _set_signature_columns_if_needed(self):
        super()._set_signature_columns_if_needed()
        self._signature_columns += [name for name in COLUMNS if name not in self._signature_columns]

    def _reference(self, **inputs):
        with torch.no_grad():
            return self.ref_model(**inputs, use_cache=False).logits

    def _mismatched(self, model, input_ids, mask):
        ids, attention, responses = mismatched_rows(input_ids, mask)
        with torch.no_grad():
            policy = model(input_ids=ids, attention_mask=attention, use_cache=False).logits
        reference = self._reference(input_ids=ids, attention_mask=attention)
        both = (response_logps(logits, ids, responses) for logits in (policy, reference))
        return dict(zip(("logp_m", "ref_m"), both))

    def _keep_mean(self, both):
        """The running mean of all rewards so far, on all devices; only training moves it."""
        if self.model.training:
            fresh = self.accelerator.gather(torch.cat(both))
            self.reward_count += len(fresh)
            self.reward_mean += (fresh.mean().item() - self.reward_mean) * len(fresh) / self.reward_count
        return both[0].new_tensor(self.reward_mean)

    def _compute_loss(self, model, inputs, return_outputs):
        columns = {name: inputs[name] for name in COLUMNS}
        rows = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        mask = inputs["completion_mask"]
        outputs = model(**rows, use_cache=False)
        reference = self._reference(**rows)
        values = Quantities(
            outputs.logits, reference, rows["input_ids"], mask, columns,
            lambda: self._mismatched(model, rows["input_ids"], mask),
        )  # fmt: skip
        both = rewards(values)
        if READS_REWARD_MEAN:
            values.columns["reward_mean"] = self._keep_mean(both)
        result = loss(values)

        seen = {"rewards/chosen": both[0], "rewards/rejected": both[1], "rewards/margins": both[0] - both[1]}
        seen["rewards/accuracies"] = (both[0] > both[1]).float()
        seen |= {"logps/chosen": values["logp_w"], "logps/rejected": values["logp_l"]}
        mode = "train" if self.model.training else "eval"
        for name, numbers in seen.items():
            gathered = self.accelerator.gather(numbers.detach().float())
            self._metrics[mode][name].append(gathered.mean().item())
        return (result, outputs) if return_outputs else result
