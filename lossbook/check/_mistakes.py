"""The mistakes that a check can name: what happened, what to do, and where the book explains it.

`book/mistakes.ipynb` lists them all. How each is recognised stands beside the check that does it.
"""

from __future__ import annotations

import os
import re
import textwrap
from dataclasses import dataclass
from html import escape
from unicodedata import normalize

BOOK = {
    "what": ("01-what-is-a-loss", 1),
    "mse": ("02-mse-and-cross-entropy", 2),
    "penalty": ("03-regularization", 3),
    "training": ("04-loss-and-training", 4),
    "descent": ("05-gradient-descent", 5),
    "rate": ("06-learning-rate", 6),
    "classes": ("07-classification-losses", 7),
    "regression": ("08-regression-losses", 8),
    "conventions": ("12-conventions", 12),
    "failures": ("13-failures", 13),
}


@dataclass(frozen=True)
class Mistake:
    """A common mistake: its name, what it is, what to do, and the section that explains it."""

    key: str
    title: str
    text: str
    page: str
    chapter: int
    section: str

    def lines(self, width: int) -> list[str]:
        """Return the text in lines of a width."""
        return textwrap.wrap(self.text, width)

    def where(self) -> str:
        """Return where to read on, in words."""
        return f"chapter {self.chapter}, “{self.section}”; common mistakes, “{self.key}”"

    @property
    def anchor(self) -> str:
        """What follows the # in the section's address: of each sign what ASCII has of it."""
        plain = normalize("NFKD", self.section.lower()).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")

    def html(self) -> str:
        """Return title, text and where to read on; links, where LOSSBOOK_URL says where to."""
        where = escape(self.where())
        if base := os.environ.get("LOSSBOOK_URL", "").rstrip("/"):
            where = (
                f'<a href="{escape(base)}/book/{self.page}.html#{self.anchor}">'
                f"chapter {self.chapter}, “{escape(self.section)}”</a>; "
                f'<a href="{escape(base)}/book/mistakes.html#{self.key}">common mistakes</a>'
            )
        title, text = escape(self.title), escape(self.text)
        return f"<p><strong>{title}</strong> {text}</p><p>See {where}.</p>"


def _table() -> dict[str, Mistake]:
    found = {}
    for block in re.split(r"\n\s*\n", _TEXTS.strip()):
        head, title, *text = (line.strip() for line in block.splitlines())
        key, chapter, section = re.split(r"\s*\|\s*", head)
        found[key] = Mistake(key, title, " ".join(text), *BOOK[chapter], section)
    return found


# key | chapter | section; then the title; then the text.
_TEXTS = """
not-written | what | From many residuals to one number
The function is not written yet.
Replace the line that raises NotImplementedError by your own.

no-return | what | From many residuals to one number
The function returns nothing.
A Python function without a return statement gives None. Return the result instead of printing it.

in-place | descent | The rule
An input was changed in place.
The caller's array has other numbers after the call: +=, -= or an assignment to some of its entries
writes into it. Compute a new array, for instance w = w - step, or work on a copy.

integers | failures | Parameters that are integers
Integers are not computed with as real numbers.
The answers are right for decimal numbers and wrong for integers. An array made by zeros_like of
integers cuts the decimals off, and so does //. Convert first: np.asarray(x, dtype=float).

uint8 | failures | A difference that wraps
Small unsigned integers wrap around.
Pictures are often stored as uint8, whole numbers from 0 to 255 without a sign; there 10 - 20 is
246. If the function may be given such arrays, convert first: np.asarray(x, dtype=float).

no-reduction | what | From many residuals to one number
One value for each sample, instead of one number.
The losses of the samples are there; their mean is the loss that is asked for.

forgot-mean | what | From many residuals to one number
The sum in place of the mean.
The answer is the right one times the number of samples: the losses were added and not averaged.
Divide by the number of samples, or a larger batch would have a larger loss.

divided-twice | what | From many residuals to one number
Divided by the number of samples twice.
The mean is taken already, and then divided by the number of samples once more.

n-minus-one | what | From many residuals to one number
Divided by n − 1.
That is for the variance of a sample; a loss is the mean over all n samples.

mean-over-entries | classes | Softmax: from scores to a distribution
The mean over all entries, in place of that over the samples.
A row of K scores is one sample: its loss is the sum over the classes, and the mean is taken over
the n rows, not over the n · K entries.

first-only | what | From many residuals to one number
Only the first sample counts.
The answer is the first sample's: a return inside the loop ends it in the first round.

last-only | what | From many residuals to one number
Only the last sample counts.
The answer is the last sample's: inside the loop the total is set (=) where it has to grow (+=).

all-pairs | failures | A column minus a row
Each target was compared with every prediction.
An array of shape (n,) and one of shape (n, 1) are broadcast to n · n pairs without a warning. Give
both the same shape; reshape(-1) makes (n,) of (n, 1).

swapped | conventions | Order of the arguments
Targets and predictions are exchanged.
With the two arguments in the other order the answers are right. Here, as in scikit-learn and
Keras, the targets come first; in PyTorch the predictions do.

sign | mse | Mean squared error
The sign is wrong.
All is right but for a minus: the difference is taken the other way round, or the minus in front of
a logarithm is missing or one too many.

twice | conventions | The factor ½
Twice the right answer.
A factor ½ of the definition is missing, or there is a 2 too many. Some books write a loss with ½,
so that its derivative has no 2; both have to follow the same definition.

half | conventions | The factor ½
Half the right answer.
There is a ½ that the definition does not have, or the 2 that a square leaves in its derivative is
missing. Both have to follow the same definition.

log-2 | mse | Cross-entropy
The logarithm to base 2.
That measures in bits. Losses are in nats: use the natural logarithm, np.log.

log-10 | mse | Cross-entropy
The logarithm to base 10.
Losses use the natural logarithm, np.log, whose derivative is 1/x.

root | mse | Mean squared error
The root of the right answer.
The root mean squared error is a metric in the target's unit; the loss is the mean of the squares.

cancels | mse | Mean squared error
Errors of opposite sign cancel.
The residuals were averaged as they are: +1 and −1 give 0. Square them, or take their absolute
values, before the mean.

another-loss | what | Loss, cost, objective, metric
This is another loss.
The answers are those of another well-known loss. Look at the definition again: what is done with
each residual before the mean.

another-penalty | penalty | What each does to the weights
This is another penalty.
L1 charges the absolute values, L2 half the squares.

parameter-ignored | regression | Choosing δ, and the unit of the target
A parameter is ignored.
The answers are right for the default of the parameter, and not for the value asked for.

log-zero | failures | The logarithm of 0
0 · log 0 gives NaN.
A probability of exactly 0 or 1 is possible. Where its logarithm is multiplied by 0, the limit is
0, but NumPy gives 0 · (−inf) = NaN. Pick the term that counts, or keep p a little away from 0.

overflow | failures | An exponential that overflows
A large logit overflows.
exp(1000) is infinite, and infinite by infinite is NaN. Take the largest score off before the
exponential: for softmax z − max(z); for the loss, log-sum-exp or log(1 + exp(−|z|)).

clipped | failures | Cross-entropy by way of the sigmoid
The loss stops growing.
For a large logit the probability is rounded to 0 or 1, or clipped, and the loss stays where it is:
its gradient is then 0 just where the answer is worst. Compute the loss from the logit itself.

logits-as-probabilities | mse | Logits: skip the detour
Logits are taken for probabilities.
The predictions here are logits: any real number. The sigmoid or softmax that makes probabilities
of them is missing.

probabilities-as-logits | mse | Logits: skip the detour
Probabilities are taken for logits.
The predictions here are probabilities already; they were put through a sigmoid or softmax again.

squashed-twice | mse | Logits: skip the detour
The sigmoid or softmax is applied twice.
The logits were made probabilities, and these were taken for logits again.

one-class | mse | Two classes
One of the two classes is forgotten.
Only the samples of one class have a loss. Cross-entropy has a term for each class:
−y log p − (1 − y) log(1 − p).

softmax-axis | classes | Softmax: from scores to a distribution
Softmax along the wrong axis.
Each row is one sample and has to sum to 1: the sum runs over the classes, axis=1, with
keepdims=True. Without an axis it runs over the whole array; with axis=0 over the samples.

column-index | classes | Class indices or one-hot rows
A column in place of one entry of each row.
p[:, y] takes, for every row, the columns of all labels. One entry of each row is
p[np.arange(len(y)), y].

hinge-labels | classes | Hinge and squared hinge
The hinge needs labels −1 and 1.
With labels 0 and 1 the samples of class 0 do not depend on the score at all: turn y into 2y − 1.

hinge-floor | classes | Hinge and squared hinge
The hinge has no floor.
A sample beyond the margin costs nothing: max(0, 1 − y · score). Without the maximum it is paid for.

hinge-margin | classes | Hinge and squared hinge
The margin is missing.
max(0, −y · score) is the perceptron's loss. The hinge asks for a margin of 1:
max(0, 1 − y · score).

huber-offset | regression | Choosing δ, and the unit of the target
The two pieces of Huber's loss do not meet.
Beyond δ the loss is δ · (|r| − δ/2). Without the δ/2 it jumps at |r| = δ.

huber-pieces | regression | Choosing δ, and the unit of the target
The two pieces of Huber's loss are exchanged.
The square is for small residuals, |r| ≤ δ, the straight line for large ones.

huber-unclipped | regression | Why: who pulls how hard
The gradient of Huber's loss is not limited.
Beyond δ the slope stays at ±δ; it does not grow with the residual.

no-log1p | regression | Three more, briefly
The logarithm of the number itself.
The squared logarithmic error compares log(1 + y) with log(1 + p), so that a target of 0 has a
value: use np.log1p.

value-for-gradient | descent | Where the gradient comes from
The value in place of the gradient.
The loss itself was returned. The gradient says how it changes with each prediction.

one-number | descent | Where the gradient comes from
One number in place of a gradient.
A gradient has an entry for each prediction: how the loss changes when that one changes. Do not sum
or average it.

gradient-of-the-sum | descent | Where the gradient comes from
The gradient of the sum, for that of the mean.
Each entry is the right one times the number of samples: the mean's 1/n is missing.

chain-missing | mse | Logits: skip the detour
The derivative by the probability, in place of that by the logit.
The chain rule is not finished: multiply by the derivative of the sigmoid, p (1 − p). What is left
is p − y.

chain-extra | failures | A saturated sigmoid under squared error
A factor p (1 − p) too many.
With cross-entropy the derivative of the sigmoid cancels, and the gradient by the logit is p − y.
The factor that is left over makes a wrong, certain answer almost impossible to correct.

sigmoid-forgotten | mse | Logits: skip the detour
The logit itself was subtracted from.
The gradient is p − y with the probability p = sigmoid(z) or softmax(z), not z − y.

softmax-diagonal | classes | The gradient is p − y
Only the diagonal of the softmax's derivatives.
Every score changes every probability: ∂pⱼ/∂zₖ = pⱼ (δⱼₖ − pₖ). With only the terms j = k, the
classes that are not the label get no gradient.

tie | regression | Why: who pulls how hard
At a tie the gradient is not a number.
Where prediction and target are equal, residual / |residual| is 0/0. Any slope between those of the
two sides is right, and np.sign gives 0.

norm | penalty | The price
The norm in place of its square.
L2 charges the sum of the squares, without the root.

penalty-mean | penalty | The price
The mean in place of the sum.
A penalty adds up over the weights; it is not divided by their number.

no-absolute | penalty | The price
The absolute value is missing.
Σw lets weights of opposite sign cancel, and can be negative; L1 charges Σ|w|.

strength-ignored | penalty | How strong?
The strength is ignored.
The answer is that of strength 1: multiply by the strength.

strength-twice | penalty | How strong?
The strength is multiplied in twice.
The answers have its square.

bias-penalised | penalty | The price
The bias is penalised, too.
The price is on the weights; the bias only moves the level, and making it small helps nobody. Leave
its entry out, and let its gradient be 0.

uphill | descent | The rule
It walks uphill.
The gradient points to where the loss grows; the step goes against it: w − η · gradient.

rate-twice | descent | The rule
The learning rate is applied twice.
The steps have its square, for instance because the velocity has it already.

rate-ignored | descent | The rule
The learning rate is ignored.
The steps are those of a learning rate of 1.

momentum-sign | descent | Momentum
Momentum has the other sign.
The velocity is kept, v = μ v − η g, and the weights move by +v. With the other sign it brakes
where it should carry on.

momentum-ignored | descent | Momentum
There is no momentum.
The steps are those of plain gradient descent: the velocity is not used, or begins at 0 each time.

dampened | descent | Momentum
The gradient is weighted with 1 − μ.
That is a moving average, as in Adam's first moment. Here the velocity is v = μ v − η g.

nesterov | descent | Momentum
Nesterov's step and the plain one are exchanged.
Nesterov's method moves by μ v − η g with the new velocity v; plain momentum moves by v.

no-bias-correction | rate | A rate for each parameter
The bias correction is missing.
Both averages begin at 0 and are too small at first. Adam divides them by 1 − βᵗ, where t is the
number of the step, 1, 2, 3, ...

correction-from-zero | rate | A rate for each parameter
The bias correction counts from 0.
In the first step t is 1: with t = 0 the correction 1 − βᵗ is 0 and divides by zero.

correction-late | rate | A rate for each parameter
The bias correction is a step ahead.
In the first step t is 1; here it was 2 already.

betas-exchanged | rate | A rate for each parameter
The two decay rates are exchanged.
β₁ averages the gradient, β₂ its square.

no-root | rate | A rate for each parameter
The root is missing.
The step divides by the root of the average of the squared gradients, so that the unit of the
gradient cancels.

no-square | rate | A rate for each parameter
The gradient is not squared.
The second average is that of the squared gradient; here it has the gradient or its absolute value.

epsilon-place | conventions | Where Adam has its ε
The small constant ε stands elsewhere.
Adam adds it to the root; RMSprop adds it inside the root, and so does Adagrad.

state-lost | rate | A rate for each parameter
The state is not kept from step to step.
Each step begins anew, as the first. Return what the next step needs, and use what is passed in.

coupled-decay | penalty | A penalty is not weight decay
The decay goes through the gradient.
AdamW takes η · decay · w off the weights themselves; added to the gradient it is divided by the
root of the second moment, and is a penalty.

decay-ignored | penalty | A penalty is not weight decay
There is no weight decay.
The steps are Adam's; AdamW takes η · decay · w off as well.

step-from-one | rate | The schedules
The steps are counted from 1.
The first step is step 0 and has the initial learning rate; here everything comes a step early.

step-late | rate | The schedules
A step late.
The first step is step 0; here everything comes a step late.

boundary | rate | The schedules
Off by one at the boundary.
Away from the boundaries all is right. Look at < and <=, and at which side the boundary's own step
belongs to.

staircase | rate | The schedules
Stairs and slope are exchanged.
Within a stage the rate is either constant (step // decay_steps) or falls with every step
(step / decay_steps).

runs-on | rate | The schedules
The schedule does not end.
After the last step of the decay the rate stays where it is; here the formula goes on.

natural-exponent | rate | The schedules
Another base.
The rate decays as decay_rate to the power of step / decay_steps, not as exp(−decay_rate · ...).

no-pi | rate | The schedules
The cosine lacks its π.
Half a wave, from cos 0 = 1 to cos π = −1, spans the decay: cos(π · step / decay_steps).

factor-only | rate | The schedules
The initial learning rate is missing.
The factor of the decay was returned: multiply the initial rate by it.

drop-complement | rate | The schedules
What is left, and what is taken off, are exchanged.
A drop of 0.1 leaves a tenth of the rate; here it took a tenth off.

one-step-more | descent | The rule
One step too many.
The loop runs once more than it was asked to.

one-step-less | descent | The rule
One step too few.
The loop runs once less than it was asked to: range(steps) has as many rounds as steps.

stale-gradient | descent | The rule
The gradient is taken once, and never again.
Every step used the gradient at the start. It has to be computed anew at each new place.

one-at-a-time | descent | The rule
One coordinate after the other.
The second coordinate already saw the first one moved. A step takes the whole gradient at one
place, then moves all coordinates together.

unit-steps | descent | The rule
The gradient was divided by its length.
Steps of one length do not get shorter toward the minimum. The step is η times the gradient as it
is.

path-returned | descent | The rule
The whole path, in place of where it ends.
Return the last place only.

not-normalised | classes | Softmax: from scores to a distribution
The parts do not sum to 1.
The exponentials were returned; divide each by their sum.

logit-sign | mse | Two classes
The sigmoid of the wrong sign.
The answers are 1 minus the right ones: sigmoid(z) = 1 / (1 + exp(−z)).

no-log | classes | Softmax: from scores to a distribution
The logarithm is missing.
The answers are the exponentials of the right ones.

shift-not-returned | failures | The logarithm of a sum of exponentials
The largest score was taken off, and not added again.
log Σ exp(z) = m + log Σ exp(z − m): the shift m comes back in the end.
"""

MISTAKES = _table()
