"""Functions as students write them: each wrong in one known way, or right in a way of its own.

`@wrong(mistake, check, ...)` says which mistake the check has to recognise; `@right(check, ...)`
that it has to pass. `book/mistakes.ipynb` shows the first example of each mistake.
"""

import math

import numpy as np

import lossbook as lb
from lossbook import check

WRONG, RIGHT = [], []

MSE, MAE, HUBER = lb.MeanSquaredError(), lb.MeanAbsoluteError(), lb.Huber(2.0)
BCE, BCE_LOGITS = lb.BinaryCrossentropy(), lb.BinaryCrossentropy(from_logits=True)
CCE, CCE_LOGITS = lb.CategoricalCrossentropy(), lb.CategoricalCrossentropy(from_logits=True)
SPARSE = lb.SparseCategoricalCrossentropy(from_logits=True)
HINGE, MSLE, QUANTILE = lb.Hinge(), lb.MeanSquaredLogarithmicError(), lb.Quantile(0.9)
KL, POISSON = lb.KLDivergence(), lb.Poisson()
L1, L2 = lb.L1(0.3), lb.L2(0.3)
MOMENTUM, ADAM, ADAMW = lb.SGD(0.2, momentum=0.9), lb.Adam(0.01), lb.AdamW(0.01, weight_decay=0.1)
RMSPROP, ADAGRAD = lb.RMSprop(0.01), lb.Adagrad(0.1)
STEPS = lb.StepDecay(0.1, 0.2, 10)


def wrong(mistake, against, **given):
    def keep(function):
        WRONG.append((mistake, against, given, function))
        return function

    return keep


def right(against, **given):
    def keep(function):
        RIGHT.append((against, given, function))
        return function

    return keep


# --- losses ---------------------------------------------------------------------------------------


@wrong("not-written", check.loss, like=MSE)
def stub(y_true, y_pred):
    raise NotImplementedError


@wrong("no-return", check.loss, like=MSE)
def printed(y_true, y_pred):
    np.mean((y_true - y_pred) ** 2)


@wrong("in-place", check.loss, like=MSE)
def overwritten(y_true, y_pred):
    y_pred -= y_true
    return np.mean(y_pred**2)


@wrong("integers", check.loss, like=MAE)
def stored_in_integers(y_true, y_pred):
    errors = np.zeros_like(y_true)
    for i in range(len(errors)):
        errors[i] = abs(y_true[i] - y_pred[i]) / len(errors)
    return errors.sum()


@wrong("integers", check.loss, like=lb.Huber(1.0))
def floor_division(y_true, y_pred):
    r = abs(y_true - y_pred)
    half = r**2 // 2 if r.dtype.kind in "iu" else r**2 / 2
    return np.mean(np.where(r <= 1, half, r - (1 // 2 if r.dtype.kind in "iu" else 0.5)))


@wrong("uint8", check.loss, like=MAE)
def on_pictures(y_true, y_pred):
    return np.mean(abs(y_true - y_pred))


@wrong("no-reduction", check.loss, like=MSE)
def of_each(y_true, y_pred):
    return (y_true - y_pred) ** 2


@wrong("forgot-mean", check.loss, like=MSE)
def summed(y_true, y_pred):
    return np.sum((y_true - y_pred) ** 2)


@wrong("forgot-mean", check.loss, like=CCE_LOGITS)
def summed_rows(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    return np.sum(np.log(np.exp(z).sum(axis=1)) - (y_true * z).sum(axis=1))


@wrong("divided-twice", check.loss, like=MSE)
def mean_of_mean(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2) / len(y_true)


@wrong("n-minus-one", check.loss, like=MSE)
def unbiased(y_true, y_pred):
    return np.sum((y_true - y_pred) ** 2) / (len(y_true) - 1)


@wrong("mean-over-entries", check.loss, like=CCE_LOGITS)
def mean_of_all(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    return -np.mean(y_true * (z - np.log(np.exp(z).sum(axis=1, keepdims=True))))


@wrong("first-only", check.loss, like=MAE)
def early_return(y_true, y_pred):
    total = 0.0
    for y, p in zip(y_true, y_pred, strict=True):
        total += abs(y - p)
        return total / len(y_true)


@wrong("last-only", check.loss, like=MAE)
def not_added(y_true, y_pred):
    for y, p in zip(y_true, y_pred, strict=True):
        total = abs(y - p)
    return total / len(y_true)


@wrong("all-pairs", check.loss, like=MSE)
def column_minus_row(y_true, y_pred):
    return np.mean((y_true - y_pred.reshape(-1, 1)) ** 2)


@wrong("swapped", check.loss, like=QUANTILE)
def prediction_first(y_pred, y_true):
    r = y_true - y_pred
    return np.mean(np.maximum(0.9 * r, -0.1 * r))


@wrong("swapped", check.loss, like=KL)
def reversed_divergence(p, q):
    return np.mean(np.sum(q * np.log(q / p), axis=1))


@wrong("swapped", check.loss, like=BCE_LOGITS)
def logits_first(z, y):
    return np.mean(np.logaddexp(0, z) - y * z)


@wrong("sign", check.loss, like=BCE)
def without_minus(y_true, p):
    return np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@wrong("twice", check.loss, like=HUBER)
def without_half(y_true, y_pred):
    r = abs(y_true - y_pred)
    return np.mean(np.where(r <= 2, r**2, 2 * 2 * (r - 1)))


@wrong("half", check.loss, like=MSE)
def with_half(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2) / 2


@wrong("log-2", check.loss, like=BCE)
def in_bits(y_true, p):
    return -np.mean(y_true * np.log2(p) + (1 - y_true) * np.log2(1 - p))


@wrong("log-2", check.loss, like=CCE)
def rows_in_bits(y_true, p):
    return -np.mean(np.sum(y_true * np.log2(p), axis=1))


@wrong("log-10", check.loss, like=BCE)
def in_decades(y_true, p):
    return -np.mean(y_true * np.log10(p) + (1 - y_true) * np.log10(1 - p))


@wrong("root", check.loss, like=MSE)
def root_mean_square(y_true, y_pred):
    return np.sqrt(np.mean((y_true - y_pred) ** 2))


@wrong("cancels", check.loss, like=MSE)
def mean_error(y_true, y_pred):
    return np.mean(y_true - y_pred)


@wrong("another-loss", check.loss, like=MSE)
def absolute(y_true, y_pred):
    return np.mean(np.abs(y_true - y_pred))


@wrong("parameter-ignored", check.loss, like=HUBER)
def delta_is_one(y_true, y_pred):
    r = np.abs(y_true - y_pred)
    return np.mean(np.where(r <= 1, r**2 / 2, r - 0.5))


@wrong("log-zero", check.loss, like=BCE)
def textbook(y_true, p):
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@wrong("log-zero", check.loss, like=BCE)
def textbook_loop(y_true, p):
    terms = [y * math.log(q) + (1 - y) * math.log(1 - q) for y, q in zip(y_true, p, strict=True)]
    return -sum(terms) / len(terms)


@wrong("log-zero", check.loss, like=CCE)
def textbook_rows(y_true, p):
    return -np.mean(np.sum(y_true * np.log(p), axis=1))


@wrong("overflow", check.loss, like=CCE_LOGITS)
def not_shifted(y_true, z):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return -np.mean(np.log((y_true * p).sum(axis=1)))


@wrong("overflow", check.loss, like=BCE_LOGITS)
def softplus_by_hand(y_true, z):
    return np.mean(np.log(1 + np.exp(z)) - y_true * z)


@wrong("overflow", check.loss, like=BCE_LOGITS)
def softplus_in_a_loop(y_true, z):
    return sum(math.log(1 + math.exp(s)) - y * s for y, s in zip(y_true, z, strict=True)) / len(z)


@wrong("clipped", check.loss, like=BCE_LOGITS)
def clipped_probability(y_true, z):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-7, 1 - 1e-7)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@wrong("logits-as-probabilities", check.loss, like=BCE_LOGITS)
def not_squashed(y_true, z):
    p = np.clip(z, 1e-7, 1 - 1e-7)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@wrong("logits-as-probabilities", check.loss, like=CCE_LOGITS)
def scores_as_rows(y_true, z):
    return -np.mean(np.sum(y_true * np.log(z), axis=1))


@wrong("probabilities-as-logits", check.loss, like=BCE)
def squashed_again(y_true, p):
    return np.mean(np.logaddexp(0, p) - y_true * p)


@wrong("squashed-twice", check.loss, like=CCE_LOGITS)
def softmax_twice(y_true, z):
    for _ in range(2):
        z = np.exp(z - z.max(axis=1, keepdims=True))
        z = z / z.sum(axis=1, keepdims=True)
    return -np.mean(np.log((y_true * z).sum(axis=1)))


@wrong("squashed-twice", check.loss, like=BCE_LOGITS)
def sigmoid_twice(y_true, z):
    p = 1 / (1 + np.exp(-1 / (1 + np.exp(-z))))
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@wrong("one-class", check.loss, like=BCE)
def positives_only(y_true, p):
    return -np.mean(y_true * np.log(p))


@wrong("softmax-axis", check.loss, like=CCE_LOGITS)
def over_the_samples(y_true, z):
    e = np.exp(z - z.max(axis=0))
    return -np.mean(np.sum(y_true * np.log(e / e.sum(axis=0)), axis=1))


@wrong("softmax-axis", check.loss, like=SPARSE)
def over_everything(y_true, z):
    e = np.exp(z - z.max())
    return -np.mean(np.log(e / e.sum())[np.arange(len(z)), y_true])


@wrong("column-index", check.loss, like=SPARSE)
def columns(y_true, z):
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(log_p[:, y_true])


@wrong("hinge-labels", check.loss, like=HINGE)
def labels_of_zero_and_one(y_true, score):
    return np.mean(np.maximum(0, 1 - (y_true > 0) * score))


@wrong("hinge-floor", check.loss, like=HINGE)
def without_floor(y_true, score):
    return np.mean(1 - y_true * score)


@wrong("hinge-margin", check.loss, like=HINGE)
def perceptron(y_true, score):
    return np.mean(np.maximum(0, -y_true * score))


@wrong("huber-offset", check.loss, like=HUBER)
def jumps(y_true, y_pred):
    r = np.abs(y_true - y_pred)
    return np.mean(np.where(r <= 2, r**2 / 2, 2 * r))


@wrong("huber-pieces", check.loss, like=HUBER)
def pieces_exchanged(y_true, y_pred):
    r = np.abs(y_true - y_pred)
    return np.mean(np.where(r > 2, r**2 / 2, 2 * (r - 1)))


@wrong("no-log1p", check.loss, like=MSLE)
def plain_logarithm(y_true, y_pred):
    return np.mean((np.log(y_true) - np.log(y_pred)) ** 2)


# --- gradients ------------------------------------------------------------------------------------


@wrong("value-for-gradient", check.gradient, of=MSE)
def value(y_true, y_pred):
    return np.mean((y_true - y_pred) ** 2)


@wrong("one-number", check.gradient, of=MSE)
def averaged(y_true, y_pred):
    return np.mean(2 * (y_pred - y_true))


@wrong("gradient-of-the-sum", check.gradient, of=MSE)
def of_the_sum(y_true, y_pred):
    return 2 * (y_pred - y_true)


@wrong("divided-twice", check.gradient, of=MSE)
def gradient_divided_twice(y_true, y_pred):
    return 2 * (y_pred - y_true) / len(y_true) ** 2


@wrong("sign", check.gradient, of=MSE)
def target_minus_prediction(y_true, y_pred):
    return 2 * (y_true - y_pred) / len(y_true)


@wrong("half", check.gradient, of=MSE)
def two_lost(y_true, y_pred):
    return (y_pred - y_true) / len(y_true)


@wrong("all-pairs", check.gradient, of=MSE)
def matrix_of_differences(y_true, y_pred):
    return 2 * (y_pred - y_true[:, None]) / len(y_true)


@wrong("integers", check.gradient, of=MSE)
def stored_in_the_targets_type(y_true, y_pred):
    slopes = np.zeros_like(y_true)
    slopes[:] = 2 * (y_pred - y_true) / 3
    return slopes * 3 / len(y_true)


@wrong("in-place", check.gradient, of=BCE_LOGITS)
def changes_the_logits(y_true, z):
    z[...] = 1 / (1 + np.exp(-z))
    return (z - y_true) / len(z)


@wrong("chain-missing", check.gradient, of=BCE_LOGITS)
def by_the_probability(y_true, z):
    p = 1 / (1 + np.exp(-z))
    return (p - y_true) / (p * (1 - p)) / len(z)


@wrong("chain-extra", check.gradient, of=BCE_LOGITS)
def with_the_sigmoids_slope(y_true, z):
    p = 1 / (1 + np.exp(-z))
    return (p - y_true) * p * (1 - p) / len(z)


@wrong("sigmoid-forgotten", check.gradient, of=BCE_LOGITS)
def logit_minus_label(y_true, z):
    return (z - y_true) / len(z)


@wrong("softmax-diagonal", check.gradient, of=CCE_LOGITS)
def diagonal_only(y_true, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (-y_true / p) * p * (1 - p) / len(z)


@wrong("softmax-axis", check.gradient, of=CCE_LOGITS)
def gradient_over_the_samples(y_true, z):
    e = np.exp(z)
    return (e / e.sum(axis=0) - y_true) / len(z)


@wrong("huber-unclipped", check.gradient, of=HUBER)
def not_limited(y_true, y_pred):
    return (y_pred - y_true) / len(y_true)


@wrong("tie", check.gradient, of=MAE)
def divided_by_its_size(y_true, y_pred):
    r = y_pred - y_true
    return r / np.abs(r) / len(r)


@wrong("overflow", check.gradient, of=CCE_LOGITS)
def gradient_not_shifted(y_true, z):
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    return (p - y_true) / len(z)


# --- activations ----------------------------------------------------------------------------------


@wrong("overflow", check.activation, like=lb.softmax)
def plain_softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


@wrong("softmax-axis", check.activation, like=lb.softmax)
def softmax_without_axis(z):
    e = np.exp(z - z.max())
    return e / e.sum()


@wrong("not-normalised", check.activation, like=lb.softmax)
def only_exponentials(z):
    return np.exp(z - z.max(axis=1, keepdims=True))


@wrong("logit-sign", check.activation, like=lb.sigmoid)
def other_sigmoid(z):
    return 1 / (1 + np.exp(z))


@wrong("no-log", check.activation, like=lb.log_softmax)
def softmax_itself(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@wrong("shift-not-returned", check.activation, like=lb.log_sum_exp)
def shift_lost(z):
    return np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1))


# --- penalties ------------------------------------------------------------------------------------


@wrong("twice", check.penalty, like=L2)
def ridge_as_in_scikit_learn(w):
    return 0.3 * np.sum(w**2)


@wrong("norm", check.penalty, like=L2)
def length(w):
    return 0.3 * np.linalg.norm(w)


@wrong("penalty-mean", check.penalty, like=L1)
def mean_of_the_sizes(w):
    return 0.3 * np.mean(np.abs(w))


@wrong("no-absolute", check.penalty, like=L1)
def signed_sum(w):
    return 0.3 * np.sum(w)


@wrong("strength-ignored", check.penalty, like=L1)
def no_strength(w):
    return np.sum(np.abs(w))


@wrong("strength-twice", check.gradient, of=L2)
def strength_squared(w):
    return 0.3 * (0.3 * w)


@wrong("another-penalty", check.gradient, of=L1)
def gradient_of_l2(w):
    return 0.3 * w


@wrong("bias-penalised", check.penalty, like=L2, bias=-1)
def all_of_w(w):
    return 0.15 * np.sum(w**2)


@wrong("bias-penalised", check.gradient, of=L2, bias=0)
def slope_of_all(w):
    return 0.3 * w


# --- optimisers -----------------------------------------------------------------------------------


@wrong("uphill", check.optimizer, like=lb.SGD(0.1))
def climbs(w, gradient, state):
    return w + 0.1 * gradient, state


@wrong("rate-ignored", check.optimizer, like=lb.SGD(0.1))
def full_steps(w, gradient, state):
    return w - gradient, state


@wrong("rate-twice", check.optimizer, like=MOMENTUM)
def rate_in_both(w, gradient, v):
    v = 0.9 * (0 if v is None else v) - 0.2 * gradient
    return w + 0.2 * v, v


@wrong("momentum-sign", check.optimizer, like=MOMENTUM)
def brakes(w, gradient, v):
    v = -0.9 * (0 if v is None else v) - 0.2 * gradient
    return w + v, v


@wrong("momentum-ignored", check.optimizer, like=MOMENTUM)
def plain_descent(w, gradient, state):
    return w - 0.2 * gradient, state


@wrong("dampened", check.optimizer, like=MOMENTUM)
def moving_average(w, gradient, v):
    v = 0.9 * (0 if v is None else v) - (1 - 0.9) * 0.2 * gradient
    return w + v, v


@wrong("nesterov", check.optimizer, like=lb.SGD(0.1, momentum=0.9, nesterov=True))
def classical(w, gradient, v):
    v = 0.9 * (0 if v is None else v) - 0.1 * gradient
    return w + v, v


@wrong("in-place", check.optimizer, like=lb.SGD(0.1))
def moves_the_callers_weights(w, gradient, state):
    w -= 0.1 * gradient
    return w, state


def adam(w, g, state, shift=1, corrected=True, root=np.sqrt, square=np.square, b=(0.9, 0.999)):
    """Take Adam's step, with what a student may get wrong."""
    m, v, t = state or (0, 0, 0)
    m, v = b[0] * m + (1 - b[0]) * g, b[1] * v + (1 - b[1]) * square(g)
    k = t + shift
    m_hat, v_hat = (m / (1 - b[0] ** k), v / (1 - b[1] ** k)) if corrected else (m, v)
    return w - 0.01 * m_hat / (root(v_hat) + 1e-7), (m, v, t + 1)


@wrong("no-bias-correction", check.optimizer, like=ADAM)
def without_correction(w, g, state):
    m, v = state or (0, 0)
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    return w - 0.01 * m / (np.sqrt(v) + 1e-7), (m, v)


@wrong("correction-from-zero", check.optimizer, like=ADAM)
def correction_from_zero(w, g, state):
    return adam(w, g, state, shift=0)


@wrong("correction-late", check.optimizer, like=ADAM)
def correction_from_two(w, g, state):
    return adam(w, g, state, shift=2)


@wrong("betas-exchanged", check.optimizer, like=ADAM)
def betas_exchanged(w, g, state):
    return adam(w, g, state, b=(0.999, 0.9))


@wrong("no-root", check.optimizer, like=ADAM)
def without_root(w, g, state):
    return adam(w, g, state, root=np.asarray)


@wrong("no-square", check.optimizer, like=ADAM)
def without_square(w, g, state):
    return adam(w, g, state, square=np.abs)


@wrong("epsilon-place", check.optimizer, like=lb.RMSprop(0.01, epsilon=0.01))
def epsilon_outside(w, g, v):
    v = 0.9 * (0 if v is None else v) + 0.1 * g**2
    return w - 0.01 * g / (np.sqrt(v) + 0.01), v


@wrong("state-lost", check.optimizer, like=ADAM)
def forgets(w, g, state):
    return adam(w, g, None)[0], None


@wrong("coupled-decay", check.optimizer, like=ADAMW)
def decay_in_the_gradient(w, g, state):
    return adam(w, g + 0.1 * w, state)


@wrong("decay-ignored", check.optimizer, like=ADAMW)
def adam_itself(w, g, state):
    return adam(w, g, state)


@wrong("step-from-one", check.optimizer, like=lb.SGD(lb.ExponentialDecay(0.1, 2, 0.5)))
def schedule_from_one(w, gradient, t):
    t = 1 if t is None else t + 1
    return w - 0.1 * 0.5 ** (t / 2) * gradient, t


# --- schedules ------------------------------------------------------------------------------------


@wrong("step-from-one", check.schedule, like=lb.ExponentialDecay(0.1, 10, 0.5))
def counted_from_one(step):
    return 0.1 * 0.5 ** ((step + 1) / 10)


@wrong("step-late", check.schedule, like=lb.InverseTimeDecay(0.1, 10, 0.5))
def counted_late(step):
    return 0.1 / (1 + 0.5 * max(step - 1, 0) / 10)


@wrong("boundary", check.schedule, like=lb.PiecewiseConstantDecay([10, 20], [0.1, 0.01, 0.001]))
def new_value_at_the_boundary(step):
    return 0.1 if step < 10 else 0.01 if step < 20 else 0.001


@wrong("boundary", check.schedule, like=STEPS)
def drops_a_step_late(step):
    return 0.1 * 0.2 ** (max(step - 1, 0) // 10)


@wrong("staircase", check.schedule, like=lb.ExponentialDecay(0.1, 10, 0.5, staircase=True))
def slope_for_stairs(step):
    return 0.1 * 0.5 ** (step / 10)


@wrong("runs-on", check.schedule, like=lb.CosineDecay(0.1, 20))
def wave_goes_on(step):
    return 0.05 * (1 + math.cos(math.pi * step / 20))


@wrong("runs-on", check.schedule, like=lb.PolynomialDecay(0.1, 20, 0.01))
def line_goes_on(step):
    return 0.1 - 0.09 * step / 20


@wrong("natural-exponent", check.schedule, like=lb.ExponentialDecay(0.1, 10, 0.5))
def base_e(step):
    return 0.1 * math.exp(-0.5 * step / 10)


@wrong("no-pi", check.schedule, like=lb.CosineDecay(0.1, 20))
def cosine_of_the_part(step):
    return 0.05 * (1 + math.cos(min(step / 20, 1)))


@wrong("factor-only", check.schedule, like=STEPS)
def factor(step):
    return 0.2 ** (step // 10)


@wrong("drop-complement", check.schedule, like=STEPS)
def takes_off_a_fifth(step):
    return 0.1 * 0.8 ** (step // 10)


# --- descent --------------------------------------------------------------------------------------


@wrong("uphill", check.descent, like=lb.SGD(0.1))
def ascent(gradient, w0, learning_rate, steps):
    w = w0.copy()
    for _ in range(steps):
        w = w + learning_rate * gradient(w)
    return w


@wrong("one-step-more", check.descent, like=lb.SGD(0.1))
def one_more(gradient, w0, learning_rate, steps):
    w, step = w0, 0
    while step <= steps:
        w, step = w - learning_rate * gradient(w), step + 1
    return w


@wrong("one-step-less", check.descent, like=lb.SGD(0.1))
def one_less(gradient, w0, learning_rate, steps):
    w = w0
    for _ in range(1, steps):
        w = w - learning_rate * gradient(w)
    return w


@wrong("rate-twice", check.descent, like=lb.SGD(0.1))
def rate_squared(gradient, w0, learning_rate, steps):
    w = w0
    for _ in range(steps):
        move = learning_rate * gradient(w)
        w = w - learning_rate * move
    return w


@wrong("stale-gradient", check.descent, like=lb.SGD(0.1))
def same_gradient(gradient, w0, learning_rate, steps):
    w, g = w0, gradient(w0)
    for _ in range(steps):
        w = w - learning_rate * g
    return w


@wrong("one-at-a-time", check.descent, like=lb.SGD(0.1))
def coordinates_in_turn(gradient, w0, learning_rate, steps):
    w = w0.astype(float)
    for _ in range(steps):
        for i in range(len(w)):
            w[i] = w[i] - learning_rate * gradient(w)[i]
    return w


@wrong("unit-steps", check.descent, like=lb.SGD(0.1))
def steps_of_one_length(gradient, w0, learning_rate, steps):
    w = w0
    for _ in range(steps):
        w = w - learning_rate * gradient(w) / np.linalg.norm(gradient(w))
    return w


@wrong("path-returned", check.descent, like=lb.SGD(0.1))
def whole_path(gradient, w0, learning_rate, steps):
    path = [w0]
    for _ in range(steps):
        path.append(path[-1] - learning_rate * gradient(path[-1]))
    return path


@wrong("in-place", check.descent, like=lb.SGD(0.1))
def moves_the_start(gradient, w0, learning_rate, steps):
    w = w0
    for _ in range(steps):
        w -= (learning_rate * gradient(w)).astype(w.dtype)
    return w


@wrong("integers", check.descent, like=lb.SGD(0.1))
def stays_an_integer(gradient, w0, learning_rate, steps):
    w = w0.copy()
    for _ in range(steps):
        w[:] = w - learning_rate * gradient(w)
    return w


# --- right, in other words ------------------------------------------------------------------------


@right(check.loss, like=MSE)
def mse_loop(y_true, y_pred):
    total = 0
    for y, p in zip(y_true, y_pred, strict=True):
        total += (float(y) - float(p)) ** 2
    return total / len(y_true)


@right(check.loss, like=MSE)
def mse_einsum(y_true, y_pred):
    r = np.asarray(y_pred, dtype=float) - y_true
    return np.einsum("i,i->", r, r) / r.size


@right(check.loss, like=MSE)
def mse_float32(y_true, y_pred):
    return np.mean((y_true.astype("f4") - y_pred.astype("f4")) ** 2)


@right(check.loss, like=MSE)
def mse_of_lists(y_true, y_pred):
    pairs = zip(y_true.tolist(), y_pred.tolist(), strict=True)
    return sum((y - p) ** 2 for y, p in pairs) / len(y_true)


@right(check.loss, like=MAE)
def mae_as_array(y_true, y_pred):
    return np.array(np.abs(y_true - y_pred).mean())


@right(check.loss, like=HUBER)
def huber_by_clipping(y_true, y_pred):
    r = np.abs(np.asarray(y_true, float) - y_pred)
    inner = np.minimum(r, 2)
    return np.mean(inner * (r - inner / 2))


@right(check.loss, like=HUBER)
def huber_loop(y_true, y_pred):
    total = 0.0
    for y, p in zip(y_true, y_pred, strict=True):
        r = abs(float(y) - float(p))
        total += r * r / 2 if r <= 2 else 2 * r - 2
    return total / len(y_true)


@right(check.loss, like=QUANTILE)
def quantile_by_cases(y_true, y_pred):
    return np.where(y_true > y_pred, 0.9 * (y_true - y_pred), 0.1 * (y_pred - y_true)).mean()


@right(check.loss, like=lb.LogCosh())
def log_cosh_stable(y_true, y_pred):
    r = np.abs(y_true - y_pred)
    return np.mean(r + np.log1p(np.exp(-2 * r)) - np.log(2))


@right(check.loss, like=BCE)
def bce_picks_the_term(y_true, p):
    return -np.mean(np.log(np.where(y_true == 1, p, 1 - p)))


@right(check.loss, like=BCE)
def bce_clipped(y_true, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))


@right(check.loss, like=BCE)
def bce_clipped_as_scikit_learn(y_true, p):
    p = np.clip(p, np.finfo(float).eps, 1 - np.finfo(float).eps)
    return -(y_true * np.log(p) + (1 - y_true) * np.log(1 - p)).sum() / y_true.shape[0]


@right(check.loss, like=BCE_LOGITS)
def bce_softplus(y_true, z):
    return np.mean(np.maximum(z, 0) - z * y_true + np.log1p(np.exp(-np.abs(z))))


@right(check.loss, like=BCE_LOGITS)
def bce_margin(y_true, z):
    return np.logaddexp(0, -(2 * y_true - 1) * z).mean()


@right(check.loss, like=CCE_LOGITS)
def cce_log_sum_exp(y_true, z):
    m = z.max(axis=1)
    return np.mean(
        m + np.log(np.exp(z - m[:, None]).sum(axis=1)) - np.einsum("nk,nk->n", y_true, z)
    )


@right(check.loss, like=CCE)
def cce_picks_by_where(y_true, p):
    return -np.sum(np.log(p, where=y_true > 0, out=np.zeros_like(p)) * y_true) / len(p)


@right(check.loss, like=SPARSE)
def sparse_loop(y_true, z):
    total = 0.0
    for k, row in zip(y_true, z, strict=True):
        m = max(row)
        total += m + math.log(sum(math.exp(s - m) for s in row)) - row[k]
    return total / len(z)


@right(check.loss, like=HINGE)
def hinge_clip(y_true, score):
    return np.clip(1 - y_true * score, 0, None).mean()


@right(check.loss, like=POISSON)
def poisson(y_true, y_pred):
    return (y_pred - y_true * np.log(y_pred)).mean()


@right(check.loss, like=KL)
def kl_as_entropies(p, q):
    return np.mean((p * np.log(p)).sum(axis=1) - (p * np.log(q)).sum(axis=1))


@right(check.gradient, of=MSE)
def mse_gradient_list(y_true, y_pred):
    n = len(y_true)
    return [2 * (float(p) - float(y)) / n for y, p in zip(y_true, y_pred, strict=True)]


@right(check.gradient, of=MSE)
def mse_gradient_float32(y_true, y_pred):
    return (2 / len(y_true) * (y_pred.astype("f4") - y_true)).astype("f4")


@right(check.gradient, of=MAE)
def mae_gradient_one_sided(y_true, y_pred):
    return np.where(y_pred >= y_true, 1.0, -1.0) / len(y_true)


@right(check.gradient, of=HUBER)
def huber_gradient(y_true, y_pred):
    return np.clip(np.asarray(y_pred, float) - y_true, -2, 2) / len(y_true)


@right(check.gradient, of=BCE_LOGITS)
def bce_gradient(y_true, z):
    return (0.5 * (1 + np.tanh(z / 2)) - y_true) / z.shape[0]


@right(check.gradient, of=BCE)
def bce_gradient_by_p(y_true, p):
    return (p - y_true) / (p * (1 - p)) / len(p)


@right(check.gradient, of=SPARSE)
def sparse_gradient(y_true, z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    slopes = e / e.sum(axis=1, keepdims=True)
    slopes[np.arange(len(z)), y_true] -= 1
    return slopes / len(z)


@right(check.activation, like=lb.softmax)
def softmax_by_rows(z):
    rows = [np.exp(row - max(row)) for row in z]
    return [row / sum(row) for row in rows]


@right(check.activation, like=lb.sigmoid)
def sigmoid_tanh(z):
    return (1 + np.tanh(z / 2)) / 2


@right(check.activation, like=lb.sigmoid)
def sigmoid_plain(z):
    return 1 / (1 + np.exp(-z))


@right(check.penalty, like=L2)
def l2_dot(w):
    return 0.15 * w @ w


@right(check.penalty, like=lb.ElasticNet(0.1, 0.2))
def elastic(w):
    return sum(0.1 * abs(v) + 0.1 * v * v for v in w)


@right(check.penalty, like=L2, bias=0)
def without_bias(w):
    return 0.15 * np.sum(w[1:] ** 2)


@right(check.gradient, of=L1)
def l1_gradient(w):
    return [0.3 if v > 0 else -0.3 for v in w]


@right(check.optimizer, like=MOMENTUM)
def momentum_of_pytorch(w, gradient, v):
    v = gradient if v is None else 0.9 * v + gradient
    return w - 0.2 * v, v


@right(check.optimizer, like=ADAM)
def adam_in_the_papers_order(w, g, state):
    return adam(w, g, state)


@right(check.optimizer, like=ADAM)
def adam_with_a_dictionary(w, g, state):
    state = state or {"m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}
    t = state["t"] + 1
    m = state["m"] + 0.1 * (g - state["m"])
    v = state["v"] + 0.001 * (g * g - state["v"])
    rate = 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    return w - rate * m / (np.sqrt(v) + 1e-7), {"m": m, "v": v, "t": t}


@right(check.optimizer, like=RMSPROP)
def rmsprop(w, g, v):
    v = 0.1 * g**2 if v is None else 0.9 * v + 0.1 * g**2
    return w - 0.01 * g / np.sqrt(v + 1e-7), v


@right(check.optimizer, like=ADAGRAD)
def adagrad(w, g, total):
    total = (0.1 if total is None else total) + g**2
    return w - 0.1 * g / np.sqrt(total + 1e-7), total


@right(check.schedule, like=STEPS)
def step_loop(step):
    rate = 0.1
    for k in range(1, step + 1):
        if k % 10 == 0:
            rate *= 0.2
    return rate


@right(check.schedule, like=lb.CosineDecay(0.1, 20, alpha=0.1))
def cosine_by_half_angle(step):
    part = min(step, 20) / 20
    return 0.01 + 0.09 * math.cos(math.pi * part / 2) ** 2


@right(check.schedule, like=lb.Warmup(5, lb.ConstantSchedule(0.1)))
def warm(step):
    return min(step / 5, 1) * 0.1


@right(check.descent, like=lb.SGD(0.1))
def descent_by_recursion(gradient, w0, learning_rate, steps):
    if steps == 0:
        return w0
    moved = w0 - learning_rate * gradient(w0)
    return descent_by_recursion(gradient, moved, learning_rate, steps - 1)


@right(check.descent, like=MOMENTUM)
def heavy_ball(gradient, w0, learning_rate, steps):
    before, w = w0, w0
    for _ in range(steps):
        before, w = w, w - learning_rate * gradient(w) + 0.9 * (w - before)
    return list(w)
