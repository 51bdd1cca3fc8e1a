"""Epochs a second: softmax regression and a 64-32-10 network on the digits, batch 32, Adam.

Every peer trains from the start for the same number of epochs, shuffles the samples in each, and
shows the accuracy it has reached on them. What is done once (building the model, tracing it,
turning arrays into tensors) stays outside the time.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import lossbook as lb

BATCH, RATE, FEATURES, CLASSES = 32, 1e-3, 64, 10
MODELS: dict[str, tuple[int, ...]] = {
    "softmax regression": (),
    "network 64-32-10": (32,),
}  # the hidden layers

Train = Callable[[], Callable[[], float]]  # trains; what it returns gives the accuracy
Prepare = Callable[[tuple[int, ...], Any, Any, int], Train]


def digits() -> tuple[Any, Any]:
    """Return the 1797 images as rows of 64 numbers in [0, 1], and the digits they show."""
    data = load_digits()
    return (data.data / 16).astype(np.float32), data.target


def lossbook(hidden: tuple[int, ...], X: Any, y: Any, epochs: int) -> Train:
    """Return training by lossbook.fit."""
    model = lb.MLP([FEATURES, *hidden, CLASSES]) if hidden else lb.LinearModel(FEATURES, CLASSES)
    loss = lb.SparseCategoricalCrossentropy(from_logits=True)

    def train() -> Callable[[], float]:
        result = lb.fit(
            model, X, y, loss=loss, optimizer=lb.Adam(RATE), batch_size=BATCH, epochs=epochs
        )
        return lambda: float(np.mean(model.predict(result.w, X).argmax(axis=1) == y))

    return train


def scikit_learn(hidden: tuple[int, ...], X: Any, y: Any, epochs: int) -> Train:
    """Return training by MLPClassifier, without its penalty and its stopping rule."""
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        hidden,
        batch_size=BATCH,
        learning_rate_init=RATE,
        alpha=0,
        max_iter=epochs,
        n_iter_no_change=epochs + 1,
        random_state=0,
    )

    def train() -> Callable[[], float]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged after so many epochs
            model.fit(X, y)
        return lambda: float(model.score(X, y))

    return train


def keras(hidden: tuple[int, ...], X: Any, y: Any, epochs: int) -> Train:
    """Return training by Keras's fit."""
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(width, activation="relu") for width in hidden]
    model = keras.Sequential([keras.Input((FEATURES,)), *layers, keras.layers.Dense(CLASSES)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(RATE), loss=loss)
    start = model.get_weights()
    model.fit(X, y, batch_size=BATCH, verbose=0)  # traces
    moments = [np.zeros_like(v) for v in model.optimizer.variables]
    rate = model.optimizer.variables.index(model.optimizer.learning_rate)
    moments[rate] = np.asarray(RATE)

    def train() -> Callable[[], float]:
        model.set_weights(start)
        for variable, zero in zip(model.optimizer.variables, moments, strict=True):
            variable.assign(zero)
        model.fit(X, y, batch_size=BATCH, epochs=epochs, verbose=0)
        return lambda: float(np.mean(model.predict(X, verbose=0).argmax(axis=1) == y))

    return train


def torch(hidden: tuple[int, ...], X: Any, y: Any, epochs: int) -> Train:
    """Return training by the loop that PyTorch's tutorials show, with the data in one tensor."""
    import torch

    X, y = torch.from_numpy(X), torch.from_numpy(y)
    torch.set_num_threads(1)  # so little work is done sooner by one

    def train() -> Callable[[], float]:
        torch.manual_seed(0)
        layers: list[Any] = []
        width = FEATURES
        for units in hidden:
            layers += [torch.nn.Linear(width, units), torch.nn.ReLU()]
            width = units
        model = torch.nn.Sequential(*layers, torch.nn.Linear(width, CLASSES))
        optimizer = torch.optim.Adam(model.parameters(), RATE)
        for _ in range(epochs):
            for batch in torch.randperm(len(X)).split(BATCH):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(model(X[batch]), y[batch])
                loss.backward()
                optimizer.step()
        return lambda: float((model(X).argmax(dim=1) == y).float().mean())

    return train


PEERS: dict[str, Prepare] = {
    "lossbook": lossbook,
    "scikit-learn": scikit_learn,
    "PyTorch": torch,
    "Keras": keras,
}


def epochs_a_second(names: list[str], *, epochs: int, rounds: int) -> list[dict[str, Any]]:
    """Return one row for each model and peer, measured in turn, the median over the rounds."""
    X, y = digits()
    rows = []
    for model, hidden in MODELS.items():
        trains = {
            name: prepare(hidden, X, y, epochs) for name, prepare in PEERS.items() if name in names
        }
        seconds: dict[str, list[float]] = {name: [] for name in trains}
        accuracy = {name: train()() for name, train in trains.items()}  # and what is done once
        for _ in range(rounds):
            for name, train in trains.items():
                start = time.perf_counter()
                train()
                seconds[name].append(time.perf_counter() - start)
        rows += [
            {
                "model": model,
                "peer": name,
                "epochs_a_second": epochs / statistics.median(seconds[name]),
                "epochs": epochs,
                "accuracy": accuracy[name],
            }
            for name in trains
        ]
    return rows
