"""What a column's name says: a metric and its direction, or something about a trial.

Names are cut into words at capitals and at all that is no letter or digit: ``valAccuracy``,
``val_accuracy`` and ``Val. accuracy`` are the words *val*, *accuracy*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tunescape.study import Direction


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UP = _set(
    "accuracy acc auc auroc rocauc auprc roc prc f1 f2 fbeta fscore r2 rsquared precision recall sensitivity "
    "specificity map ap ndcg mrr iou miou dice jaccard bleu rouge meteor psnr ssim mcc kappa reward return "
    "fitness likelihood elbo correlation pearson spearman exact top"
)
_DOWN = _set(
    "loss losses error err mse rmse mae mape smape msle rmsle nll ce bce crossentropy entropy xent logloss "
    "perplexity ppl wer cer eer deviance brier regret cost fid bpc bpd risk residual nrmse hinge"
)
_UP_WEAKLY = frozenset({"score", "performance", "gain", "utility"})
_OPEN = frozenset({"objective", "value", "target", "result", "metric", "measure", "outcome", "output", "y"})
"""Words that name a metric when they stand alone, and do not tell its direction."""
_METRIC = _UP | _DOWN | _UP_WEAKLY
_FLIP = frozenset({"neg", "negative", "minus"})

_SPLIT = {
    "validation": 0, "val": 1, "valid": 1, "dev": 1, "eval": 1, "evaluation": 1, "holdout": 1, "cv": 1,
    "test": 3, "testing": 3, "train": 4, "training": 4, "tr": 4,
}  # fmt: skip
_WILD = frozenset({"validation", "val", "valid", "test"})
_QUALIFIER = {
    "final": 1, "last": 1, "mean": 1, "avg": 1, "average": 1, "end": 1, "median": 2, "best": 3, "max": 3,
    "min": 3,
}  # fmt: skip
_BESIDE = frozenset(_QUALIFIER) | frozenset(_SPLIT) | _set(
    "overall epoch step at macro micro weighted balanced squared absolute root log cross binary "
    "categorical sparse class match matched mismatched normalized normalised relative total"
)
"""Words that may stand beside a metric's."""
_SPREAD = frozenset({"std", "sd", "stderr", "sem", "var", "variance", "rank", "ci"})
_SETTING = _set(
    "size fraction split ratio steps epochs batch batches weight weights smoothing coef coefficient alpha "
    "lambda scale threshold tolerance tol function fn type name factor patience frequency interval samples "
    "rows n num number decay per every aug augmentation margin power temperature reduction penalty dropout "
    "lr momentum seed workers folds"
)
"""Words that make a hyperparameter of what would be a metric (``test_size``, ``loss_weight``)."""
_DECLARED = re.compile(r"metric:\s*(.+?)\s*(?:\[[^\]]*\])?\s*(?:\((minimi[sz]e|maximi[sz]e)\))?")


def words(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return tuple(w for w in re.split(r"[^0-9a-zà-ÿ]+", apart.lower()) if w)


def declared_metric(name: str) -> tuple[str, Direction | None] | None:
    """Name and direction of a column such as ``metric:accuracy [0; 1] (maximize)``, else None."""
    match = _DECLARED.fullmatch(name.strip())
    if match is None:
        return None
    if match[2] is None:
        return match[1], None
    return match[1], "minimize" if match[2].startswith("min") else "maximize"


def is_metric(name: str) -> bool:
    """Whether a name is that of a measurement (of a column that holds numbers)."""
    if declared_metric(name):
        return True
    parts = [w for w in words(name) if not w.isdigit()]
    if not parts:
        return False
    if parts[-2:] == ["error", "rate"]:
        return True
    if tells_little(name):
        return True
    if _SETTING & set(parts):
        return False
    if _METRIC & set(map(_stem, parts)):
        known = all(_stem(w) in _METRIC or w in _BESIDE or w in _FLIP or w in _SPREAD for w in parts)
        return known or _stem(parts[-1]) in _METRIC or parts[0] in _SPLIT
    return parts[0] in _WILD and len(parts) > 1


def tells_little(name: str) -> bool:
    """Whether a name is of a metric by convention only (``y``, ``value_0``)."""
    parts = [w for w in words(name) if not w.isdigit()]
    return len(parts) == 1 and parts[0] in _OPEN


def _stem(word: str) -> str:
    """A word without the digits at its end, where it is no metric with them."""
    return word if word in _METRIC else word.rstrip("0123456789")


def can_be_objective(name: str) -> bool:
    """Whether a metric's name is of a result, not of its spread or rank."""
    return not _SPREAD & set(words(name))


def direction_of(name: str) -> Direction | None:
    """Which way a metric is better, by its name; None where the name does not say."""
    declared = declared_metric(name)
    if declared is not None:
        return declared[1] or direction_of(declared[0])
    parts = [_stem(w) for w in words(name)]
    told = [w in _UP for w in parts if w in _UP or w in _DOWN] or [True for w in parts if w in _UP_WEAKLY]
    if not told:
        return None
    up = told[-1] != bool(_FLIP & set(parts))
    return "maximize" if up else "minimize"


def preference(name: str) -> tuple[int, int, int]:
    """Sort key of a metric as objective: validation, plain, test, train; scores before losses."""
    declared = declared_metric(name)
    parts = words(declared[0] if declared else name)
    split = min((_SPLIT[w] for w in parts if w in _SPLIT), default=2)
    stems = {_stem(w) for w in parts}
    kind = 0 if stems & (_UP | _UP_WEAKLY) else 2 if "loss" in stems else 1 if stems & _DOWN else 3
    return split, kind, max((_QUALIFIER[w] for w in parts if w in _QUALIFIER), default=0)


_MEANINGS: tuple[tuple[str, Sequence[str]], ...] = (
    ("seed", [r".*\bseed", r"seed\b.*", r"(.* )?random state"]),
    ("replicate", [r"(.* )?(replicate|replication|repeat|repetition|rep)( (number|id|index))?"]),
    ("number", [r"number", r"trial( (number|id|index|no))?"]),
    ("status", [r"(trial |run |final )?(status|state)"]),
    ("timestamp", [r"(.* )?(end|ended|finish|finished|complete|completed|stop)( time| at)",
                   r"(datetime complete|time (end|ended)|end|ended|finished|completed)",
                   r"((last )?updated|reported|logged)( at)?"]),
    ("started", [r"(.* )?(start|started|begin|created)( time| at)",
                 r"(started|created|timestamp|date|datetime|datetime start|time (start|started))"]),
    ("seconds", [r"(.* )?(seconds|secs|duration|runtime|elapsed|walltime|time)"
                 r"( (s|sec|secs|seconds|ms|min|minutes|h|hours))?",
                 r"(wall|elapsed) time.*", r"time (total|this iter|taken|elapsed)( s)?"]),
    ("identifier", [r"(.* )?(id|uid|uuid|guid|hash)", r"index", r"unnamed( \d+)?", r"level 0",
                    r"(.* )?(path|file|filename|folder|dir|directory|url|checkpoint|logdir|hostname|pid)",
                    r"(.* )?(commit|git)( .*)?", r"experiment tag"]),
    ("note", [r"(.* )?(note|notes|comment|comments|description|remark|remarks)"]),
    ("reason", [r"(.* )?(reason|exception|traceback|message)"]),
    ("budget", [r"budget"]),
)  # fmt: skip
_PATTERNS = [(meaning, re.compile("|".join(forms))) for meaning, forms in _MEANINGS]


def about(name: str) -> str | None:
    """What of a trial a name tells, or None: ``seed``, ``replicate``, ``number``, ``status``,
    ``timestamp``, ``started``, ``seconds``, ``identifier``, ``note``, ``reason``, ``budget``.
    """
    said = " ".join(words(name))
    return next((meaning for meaning, form in _PATTERNS if form.fullmatch(said)), None)


_FLAGS = {
    "diverged": "diverged", "diverge": "diverged", "nan": "diverged", "nonfinite": "diverged",
    "failed": "failed", "failure": "failed", "crashed": "failed", "crash": "failed", "oom": "failed",
    "infeasible": "infeasible", "pruned": "pruned",
}  # fmt: skip


def flag(name: str) -> str | None:
    """The status that a column of truth values tells (``nan_train_loss``: diverged), or None."""
    return next((_FLAGS[w] for w in words(name) if w in _FLAGS), None)


_MARKS = (
    "params_", "params.", "params/", "param.", "config.", "config/", "config:", "hparams.", "hparams/",
    "hparam.", "hp.", "hp/", "hyperparameters.", "hyperparameters/", "parameters.", "parameters/",
)  # fmt: skip


def marked(names: Sequence[str]) -> dict[str, str]:
    """Names of hyperparameters by the columns that a tool marked as such (``params_lr``: ``lr``).

    scikit-learn's ``param_`` counts where its ``mean_fit_time`` or ``params`` stands beside it.
    """
    marks = _MARKS + (("param_",) if {"params", "mean_fit_time"} & set(names) else ())
    found = {}
    for name in names:
        mark = next((m for m in marks if name.startswith(m) and name != m), None)
        if mark is not None:
            found[name] = name[len(mark) :]
    return found


_HINTS = _set("pred predicted prediction quality class label rank bucket bin tier grade category")


def hints_at_result(name: str) -> bool:
    """Whether a name sounds like something worked out of the results (``Pred.Quality``)."""
    return bool(_HINTS & set(words(name)))


_STATUS_WORDS = {
    "completed": "completed complete success succeeded successful finished done ok terminated passed",
    "failed": "failed fail failure error errored crashed crash killed timeout memout memoryout aborted abort "
              "nonzero_exit broken cancelled canceled preempted unknown",
    "diverged": "diverged nan inf non-finite nonfinite exploded",
    "pruned": "pruned early_stopped earlystopped stopped",
    "infeasible": "infeasible invalid rejected",
    "running": "running started",
    "waiting": "waiting queued pending scheduled created not_evaluated",
}  # fmt: skip
_STATUS_OF = {word: status for status, known in _STATUS_WORDS.items() for word in known.split()}


def status_word(value: object) -> str | None:
    """The status, in our word, that another tool's word means; None where it is not known."""
    return _STATUS_OF.get(str(value).strip().lower().rsplit(".", 1)[-1])
