"""Tools as a model is told of them."""

from functools import cache

from tools.spec import Tool


@cache
def function_of(tool: Tool) -> dict[str, object]:
    """A tool as a model is told of it: name, description, JSON Schema of the arguments. To be read, not changed."""
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.arguments.model_json_schema(),
        },
    }
