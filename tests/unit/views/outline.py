"""A view as text, complete enough to be compared whole: every block, every button with what it sends."""

from bot.views.view import Block, View


def outline(view: View) -> str:
    """The view's fallback text, then one paragraph for each block."""
    return "\n\n".join([f"text: {view.text}", *map(_block, view.blocks)])


def _block(block: Block) -> str:
    if block["type"] == "section":
        return str(block["text"]["text"])
    if block["type"] == "context":
        return "small: " + " / ".join(element["text"] for element in block["elements"])
    return "\n".join(map(_element, block["elements"]))


def _element(element: Block) -> str:
    if element["type"] == "static_select":
        options = ", ".join(f"{option['text']['text']} = {option['value']}" for option in element["options"])
        shown = element.get("initial_option", {"text": element["placeholder"]})["text"]["text"]
        return f"<{shown}> {element['action_id']}: {options}"
    style = f" ({element['style']})" if "style" in element else ""
    asks = f" asks: {element['confirm']['text']['text']}" if "confirm" in element else ""
    return f"[{element['text']['text']}]{style} {element['action_id']} = {element['value']}{asks}"
