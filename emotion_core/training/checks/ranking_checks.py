"""Checks on what a network tells apart: no more than a guess, hardly different predictions, a threshold that is off."""

from emotion_core.formatting import count_text, share_text
from emotion_core.training.checks.finding import Finding
from emotion_core.training.checks.history import BEYOND_CHANCE, MATERIAL_FALL, RunHistory
from emotion_core.training.engine import DECISION_THRESHOLD

STUCK_EPOCHS, STUCK_SPREAD = 10, 0.1
# Shares of the photos: on the rarer side of the threshold, and more on one side than have that label.
ONE_SIDED, OUT_OF_PROPORTION = 0.1, 0.3


def stuck(history: RunHistory) -> Finding | None:
    """Find a network that ranks photos no better than chance, or whose P(sad) barely differs between them."""
    # One epoch has nothing to fall from, and while a run goes on a few epochs are not enough to judge.
    if len(history.epochs) < (2 if history.ended else STUCK_EPOCHS):
        return None
    is_flat = min(history.losses) >= (1 - MATERIAL_FALL) * history.constant_loss
    if history.is_ranking:
        spread = history.validation_spread
        # With an AUC and P(sad) that differ, a high loss is one of the threshold, and no failure to learn.
        if not is_flat or spread is None or spread > STUCK_SPREAD:
            return None
        parts = [f"the {auc.part} photos" for auc in history.aucs if auc.is_beyond_chance]
        where = f" on {' and '.join(parts)}" if parts else ""
        sentence = f"P(sad) barely differs between photos, although their order is better than chance{where}."
    elif is_flat and history.validation is None:
        # What a network under way predicts for its training photos is not known: its order may follow the labels.
        sentence = "Learning does not show yet: the loss is not clearly below that of one prediction for all photos."
    elif is_flat:
        sentence = "The network has not started to learn: it does no better than random guessing."
    elif history.validation is not None and history.aucs:
        parts = [f"the {auc.part} photos" for auc in history.aucs]
        where = f"neither on {parts[0]} nor on {parts[1]}" if len(parts) > 1 else f"not on {parts[0]}"
        sentence = f"No better than random guessing: the AUC is clearly above .5 {where}."
    else:
        return None
    return history.finding(
        "stuck",
        sentence,
        _stuck_evidence(history),
        "Look at the gradients: if those of the first layers are far smaller than those of the last, they vanish, and "
        "ReLU, batch normalization or fewer blocks help. Otherwise train for longer, change the learning rate or try "
        "another seed.",
    )


def _stuck_evidence(history: RunHistory) -> str:
    spread, last = history.validation_spread, history.epochs[-1]
    spreads = "" if spread is None else f"The validation photos' P(sad) spans {share_text(spread, digits=3)}. "
    constant = f"the same P(sad) for every photo gives {history.constant_loss:.3f}"
    if history.validation is None:
        return (
            f"{spreads}The training loss went from {history.epochs[0].loss:.3f} to {last.loss:.3f} in "
            f"{count_text(len(history.epochs), 'epoch')}; {constant}.{history.auc_text}"
        )
    parts = (("training", history.train), ("validation", history.validation))
    losses = [f"{split.loss(history.config.loss):.3f} on {part} photos" for part, split in parts if split is not None]
    limits = [f"{share_text(auc.limit)} on the {auc.part} photos" for auc in history.aucs]
    chance = f" By chance alone, 39 of 40 AUCs are below {' and '.join(limits)}." if limits else ""
    return f"{spreads}The network's loss is {' and '.join(losses)}; {constant}.{history.auc_text}{chance}"


def threshold_off(history: RunHistory) -> Finding | None:
    """Find a finished network that ranks photos better than chance, with hardly any of them on one side of 0.5."""
    split = history.validation
    if split is None or split.rates.auc is None or not history.ended:
        return None
    limit = 0.5 + BEYOND_CHANCE * split.chance_auc_error
    called, share_sad = float((split.p_sad > DECISION_THRESHOLD).mean()), float(split.labels.mean())
    if split.rates.auc <= limit or min(called, 1 - called) >= ONE_SIDED or abs(called - share_sad) <= OUT_OF_PROPORTION:
        return None
    label, share = ("sad", called) if called > share_sad else ("happy", 1 - called)
    count = f"{round(share * len(split.labels))} of {count_text(len(split.labels), 'validation photo')}"
    return history.finding(
        "threshold_off",
        f"The threshold of .5 does not fit: the network calls {count} {label}, although it ranks them better than "
        "chance.",
        f"Validation accuracy {share_text(split.rates.accuracy)} at .5, validation AUC {share_text(split.rates.auc)}; "
        f"P(sad) lies between {share_text(float(split.p_sad.min()))} and {share_text(float(split.p_sad.max()))}.",
        "The AUC does not depend on the threshold, and Compare and Predict use one that is chosen on the validation "
        "photos. Train for more epochs, or change the learning rate, for a P(sad) that is worth its name.",
    )
