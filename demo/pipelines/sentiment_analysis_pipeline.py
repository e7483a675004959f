"""Is a review a kind one? Train, measure and register a sentiment model.

The flow writes product reviews with some wit and some noise, learns word weights from them epoch by epoch, and
records everything in MLflow: parameters, quality after every epoch, a figure, and the model as a new version in the
registry. The same seed gives the same reviews, the same model and the same metrics.
"""

from typing import Literal

import mlflow
import numpy as np
import pandas as pd
import sklearn
from matplotlib.figure import Figure
from mlflow.models import infer_signature
from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

EXPERIMENT = "sentiment-analysis"
KIND_ENOUGH = 0.5  # a review that is more likely than this to be kind is predicted to be kind
ON_MESSAGE, NEGATED = 0.8, 0.35  # share of sentences that say what the review means, and that say it with a "not"
MOST_NOISE = 0.5  # with half of the labels wrong there is nothing to learn
THINGS = ("battery", "screen", "delivery", "support", "price", "sound", "manual", "packaging", "app", "design")
KIND = ("great", "reliable", "beautiful", "quick", "helpful", "solid", "brilliant", "comfortable", "fair", "flawless")
UNKIND = ("awful", "flaky", "ugly", "slow", "useless", "flimsy", "terrible", "painful", "overpriced", "broken")
ASIDES = ("to be honest", "after two weeks", "as expected", "for my mother", "on a Monday", "so far", "again", "")


@task(cache_policy=NO_CACHE)
def write_reviews(reviews: int, label_noise: float, seed: int) -> pd.DataFrame:
    """One row per review: its text, and whether it is `kind` (1) or not (0).

    Replace this with your own reviews; the rest of the flow only needs the two columns.
    """
    if not 0 <= label_noise < MOST_NOISE:
        raise ValueError(f"label_noise is the share of wrong labels, from 0 to 0.5; it cannot be {label_noise}")
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, reviews)
    texts = [_review(rng, kind=bool(label)) for label in kind]
    wrong = rng.random(reviews) < label_noise
    get_run_logger().info("%d reviews, %d of them with a wrong label", reviews, wrong.sum())
    return pd.DataFrame({"review": texts, "kind": np.where(wrong, 1 - kind, kind)})


def _review(rng: np.random.Generator, *, kind: bool) -> str:
    """A few sentences, most of which say what the review means, some by the way of a negation."""
    sentences = []
    for _ in range(rng.integers(2, 5)):
        meant = kind if rng.random() < ON_MESSAGE else not kind
        negated = rng.random() < NEGATED
        word = str(rng.choice(KIND if meant is not negated else UNKIND))
        middle = "is not" if negated else "is"
        sentences.append(f"The {rng.choice(THINGS)} {middle} {word} {rng.choice(ASIDES)}".strip() + ".")
    return " ".join(sentences)


@task(cache_policy=NO_CACHE)
def split(reviews: pd.DataFrame, test_size: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reviews to learn from and reviews to test on."""
    if not 0 < test_size < 1:
        raise ValueError(f"test_size is the share of reviews to test on, between 0 and 1; it cannot be {test_size}")
    train, test = train_test_split(reviews, test_size=test_size, stratify=reviews["kind"], random_state=seed)
    return train, test


@task(cache_policy=NO_CACHE)
def train_model(  # noqa: PLR0917 - the settings of one training
    train: pd.DataFrame, test: pd.DataFrame, features: Literal["words", "pairs"], epochs: int, alpha: float, seed: int
) -> Pipeline:
    """A fitted model that takes a table with the column `review`; logs its quality after every epoch."""
    pattern = TfidfVectorizer(ngram_range=(1, 2 if features == "pairs" else 1))
    text = ColumnTransformer([("review", pattern, "review")])
    classifier = SGDClassifier(loss="log_loss", alpha=alpha, average=True, random_state=seed)
    train_matrix = text.fit_transform(train[["review"]])
    test_matrix = text.transform(test[["review"]])
    order = np.random.default_rng(seed)
    for epoch in range(1, epochs + 1):
        rows = order.permutation(len(train))
        classifier.partial_fit(train_matrix[rows], train["kind"].to_numpy()[rows], classes=[0, 1])
        mlflow.log_metrics(
            {
                "train_log_loss": log_loss(train["kind"], classifier.predict_proba(train_matrix)[:, 1]),
                "test_log_loss": log_loss(test["kind"], classifier.predict_proba(test_matrix)[:, 1]),
                "epoch_accuracy": accuracy_score(test["kind"], classifier.predict(test_matrix)),
            },
            step=epoch,
        )
    return Pipeline([("text", text), ("classifier", classifier)])


@task(cache_policy=NO_CACHE)
def evaluate(model: Pipeline, test: pd.DataFrame) -> dict[str, float]:
    """Quality on reviews the model has never seen; logged, and given back rounded."""
    chance = model.predict_proba(test[["review"]])[:, 1]
    metrics = {
        "accuracy": accuracy_score(test["kind"], chance > KIND_ENOUGH),
        "f1": f1_score(test["kind"], chance > KIND_ENOUGH, zero_division=0.0),
        "roc_auc": roc_auc_score(test["kind"], chance),
    }
    metrics = {name: round(float(value), 4) for name, value in metrics.items()}
    mlflow.log_metrics(metrics)
    get_run_logger().info("On %d reviews: %s", len(test), metrics)
    return metrics


@task(cache_policy=NO_CACHE)
def plot_confusion(model: Pipeline, test: pd.DataFrame) -> None:
    """Log what the model takes for what, as figures and as a figure."""
    counts = confusion_matrix(test["kind"], model.predict(test[["review"]]))
    mlflow.log_dict({"labels": ["unkind", "kind"], "matrix": counts.tolist()}, "confusion_matrix.json")
    figure = Figure(figsize=(4.5, 4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(counts, cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        axes.text(column, row, str(count), ha="center", color="white" if count > counts.max() / 2 else "black")
    axes.set_xticks([0, 1], ["unkind", "kind"])
    axes.set_yticks([0, 1], ["unkind", "kind"])
    axes.set_xlabel("predicted")
    axes.set_ylabel("meant")
    mlflow.log_figure(figure, "confusion.png")


@task(cache_policy=NO_CACHE)
def register(model: Pipeline, example: pd.DataFrame, model_name: str) -> str:
    """Store the model with its signature and register it; gives back the new version's number."""
    logged = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(example, model.predict(example)),
        input_example=example,
        registered_model_name=model_name,
        pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
    )
    version = str(logged.registered_model_version)
    get_run_logger().info("Registered %s version %s", model_name, version)
    return version


@flow(name="sentiment-analysis")
def sentiment_analysis(  # noqa: PLR0917 - a flow's parameters are given by name
    reviews: int = 3000,
    test_size: float = 0.2,
    features: Literal["words", "pairs"] = "pairs",
    epochs: int = 12,
    alpha: float = 0.0001,
    label_noise: float = 0.03,
    seed: int = 11,
    model_name: str = "sentiment",
) -> dict[str, float]:
    """Train and register a model that tells kind reviews from unkind ones.

    Args:
        reviews: How many reviews to learn from and test on together.
        test_size: Share of the reviews kept for the test.
        features: Look at single words, or at pairs of words too ("not great").
        epochs: How often to go through the reviews.
        alpha: Strength of the regularisation.
        label_noise: Share of reviews with a wrong label, as in real life.
        seed: Seed of reviews, split and training.
        model_name: Name in the model registry.

    Returns:
        The test metrics.
    """
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run():
        mlflow.log_params(
            {
                "reviews": reviews,
                "test_size": test_size,
                "features": features,
                "epochs": epochs,
                "alpha": alpha,
                "label_noise": label_noise,
                "seed": seed,
            }
        )
        table = write_reviews(reviews, label_noise, seed)
        train, test = split(table, test_size, seed)
        model = train_model(train, test, features, epochs, alpha, seed)
        metrics = evaluate(model, test)
        plot_confusion(model, test)
        register(model, test[["review"]].head(5), model_name)
        return metrics
