"""The loop: a model that calls tools, with limits, a journal and a guard round every call."""
