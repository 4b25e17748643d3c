"""Our verbs in other people's words: scikit-learn estimators that fit a population of networks."""

from tunescape.integrations.population_classifier import PopulationClassifier
from tunescape.integrations.population_regressor import PopulationRegressor

__all__ = ["PopulationClassifier", "PopulationRegressor"]
