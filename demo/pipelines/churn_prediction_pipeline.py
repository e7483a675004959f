"""Which customers are about to leave? Train, measure and register a churn model.

The flow makes a customer base, trains gradient boosted trees on it, and records everything in MLflow: parameters,
quality after every tree, what it takes for what, a figure, and the model as a new version in the registry. The same
seed gives the same customers, the same model and the same metrics.
"""

import mlflow
import numpy as np
import pandas as pd
import sklearn
from matplotlib.figure import Figure
from mlflow.models import infer_signature
from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

EXPERIMENT = "churn-prediction"
LEAVES = 0.5  # a customer who is more likely than this to leave is predicted to leave
CONTRACTS = ("month-to-month", "one year", "two years")


@task(cache_policy=NO_CACHE)
def load_customers(customers: int, seed: int) -> pd.DataFrame:
    """One row per customer, with `churned` as what is to be predicted.

    Replace this with your own query; the rest of the flow only needs the columns.
    """
    rng = np.random.default_rng(seed)
    contract = rng.choice(CONTRACTS, size=customers, p=[0.55, 0.27, 0.18])
    table = pd.DataFrame(
        {
            "contract": contract,
            "tenure_months": rng.gamma(2.0, 14.0, customers).clip(1, 96).round(),
            "monthly_charge": rng.normal(62, 22, customers).clip(15, 140).round(2),
            "support_calls": rng.poisson(1.4, customers).astype(float),
            "late_payments": rng.poisson(0.6, customers).astype(float),
            "usage_trend": rng.normal(0, 1, customers).round(3),
        }
    )
    monthly = table["contract"].eq("month-to-month")
    odds = (
        -2.6
        + 1.5 * monthly
        - 0.03 * table["tenure_months"]
        + 1.8 * (table["support_calls"].ge(3) & table["tenure_months"].lt(24))
        + 1.6 * (table["monthly_charge"].gt(75) & monthly)
        + 0.7 * table["late_payments"]
        - 1.1 * table["usage_trend"] * table["monthly_charge"].gt(50)
    )
    table["churned"] = (rng.random(customers) < 1 / (1 + np.exp(-odds))).astype(int)
    get_run_logger().info("%d customers, of whom %.0f %% left", customers, 100 * table["churned"].mean())
    return table


@task(cache_policy=NO_CACHE)
def split(customers: pd.DataFrame, test_size: float, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers to learn from and customers to test on, with the same share of leavers in both."""
    if not 0 < test_size < 1:
        raise ValueError(f"test_size is the share of customers to test on, between 0 and 1; it cannot be {test_size}")
    train, test = train_test_split(customers, test_size=test_size, stratify=customers["churned"], random_state=seed)
    return train, test


@task(cache_policy=NO_CACHE)
def train_model(train: pd.DataFrame, max_depth: int, n_estimators: int, learning_rate: float, seed: int) -> Pipeline:
    """A fitted model that takes the customers' columns as they are."""
    columns = ColumnTransformer(
        [("contract", OneHotEncoder(categories=[list(CONTRACTS)]), ["contract"])],
        remainder="passthrough",
    )
    trees = GradientBoostingClassifier(
        max_depth=max_depth, n_estimators=n_estimators, learning_rate=learning_rate, subsample=0.8, random_state=seed
    )
    model = Pipeline([("columns", columns), ("trees", trees)])
    return model.fit(train.drop(columns="churned"), train["churned"])


@task(cache_policy=NO_CACHE)
def log_learning_curve(model: Pipeline, train: pd.DataFrame, test: pd.DataFrame) -> None:
    """Log how good the model was after every few trees: where the two curves part, it learns by heart."""
    curves = {
        name: model["trees"].staged_predict_proba(model["columns"].transform(rows.drop(columns="churned")))
        for name, rows in (("train", train), ("test", test))
    }
    last = len(model["trees"].estimators_)
    every = max(1, last // 20)
    for step, (on_train, on_test) in enumerate(zip(curves["train"], curves["test"], strict=True), start=1):
        if step % every == 0 or step == last:
            mlflow.log_metrics(
                {
                    "train_log_loss": log_loss(train["churned"], on_train[:, 1]),
                    "test_log_loss": log_loss(test["churned"], on_test[:, 1]),
                },
                step=step,
            )


@task(cache_policy=NO_CACHE)
def evaluate(model: Pipeline, test: pd.DataFrame) -> dict[str, float]:
    """Quality on customers the model has never seen; logged, and given back rounded."""
    chance = model.predict_proba(test.drop(columns="churned"))[:, 1]
    metrics = {
        "accuracy": accuracy_score(test["churned"], chance > LEAVES),
        "f1": f1_score(test["churned"], chance > LEAVES, zero_division=0.0),
        "roc_auc": roc_auc_score(test["churned"], chance),
    }
    metrics = {name: round(float(value), 4) for name, value in metrics.items()}
    mlflow.log_metrics(metrics)
    counts = confusion_matrix(test["churned"], chance > LEAVES)  # a row for what they did, a column for what was said
    mlflow.log_dict({"labels": ["stays", "leaves"], "matrix": counts.tolist()}, "confusion_matrix.json")
    get_run_logger().info("On %d customers: %s", len(test), metrics)
    return metrics


@task(cache_policy=NO_CACHE)
def plot_importance(model: Pipeline) -> None:
    """Log a figure of what the model looks at."""
    names = [name.split("__")[-1] for name in model["columns"].get_feature_names_out()]
    weights = model["trees"].feature_importances_
    order = np.argsort(weights)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.barh([names[i] for i in order], weights[order], color="#4c72b0")
    axes.set_xlabel("share of the decision")
    axes.set_title("What tells that a customer will leave")
    mlflow.log_figure(figure, "importance.png")


@task(cache_policy=NO_CACHE)
def register(model: Pipeline, example: pd.DataFrame, model_name: str) -> str:
    """Store the model with its signature and register it; gives back the new version's number."""
    logged = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(example, model.predict(example)),
        input_example=example,
        registered_model_name=model_name,
        skops_trusted_types=["sklearn.tree._tree.Tree"],  # we grew these trees ourselves, a moment ago
        pip_requirements=[f"scikit-learn=={sklearn.__version__}", f"pandas=={pd.__version__}"],
    )
    version = str(logged.registered_model_version)
    get_run_logger().info("Registered %s version %s", model_name, version)
    return version


@flow(name="churn-prediction")
def churn_prediction(  # noqa: PLR0917 - a flow's parameters are given by name
    customers: int = 4000,
    test_size: float = 0.2,
    max_depth: int = 3,
    n_estimators: int = 80,
    learning_rate: float = 0.1,
    seed: int = 7,
    model_name: str = "churn",
) -> dict[str, float]:
    """Train and register a model that predicts which customers will leave.

    Args:
        customers: How many customers to learn from and test on together.
        test_size: Share of the customers kept for the test.
        max_depth: Depth of each tree; deeper trees see more interplay and overfit sooner.
        n_estimators: Number of trees.
        learning_rate: How much each tree corrects; lower needs more trees.
        seed: Seed of customers, split and training.
        model_name: Name in the model registry.

    Returns:
        The test metrics.
    """
    mlflow.set_experiment(EXPERIMENT)
    with mlflow.start_run():
        mlflow.log_params(
            {
                "customers": customers,
                "test_size": test_size,
                "max_depth": max_depth,
                "n_estimators": n_estimators,
                "learning_rate": learning_rate,
                "seed": seed,
            }
        )
        table = load_customers(customers, seed)
        train, test = split(table, test_size, seed)
        model = train_model(train, max_depth, n_estimators, learning_rate, seed)
        log_learning_curve(model, train, test)
        metrics = evaluate(model, test)
        plot_importance(model)
        register(model, test.drop(columns="churned").head(5), model_name)
        return metrics
