"""The browser page of the local workspace: a Slack look-alike in pure Python.

`mount(app, workspace)` puts it on the workspace's web application. Each tab acts as one person and follows the
workspace through `Workspace.subscribe`; a change touches only the elements it concerns.

Why NiceGUI: it ships its own assets (the page loads nothing from any network), keeps the state of a tab in Python, and
pushes small differences. What can only be shown is rendered to HTML by pure functions (`mrkdwn`, `richtext`,
`markdown`, `blocks`, `files`), which escape everything first; only what can be clicked is an element of its own.

The address is the place: `/?as=bob&channel=ml-pipelines&thread=1717171717.000100`; without parameters, Alice in
#ml-pipelines.

Tests find things by `data-testid`, which are kept stable:

| data-testid | what |
|---|---|
| `act-as`, `act-as-alice`, `act-as-bob`, `act-as-carol` | the switch, and each person in it (`aria-checked`) |
| `open-navigation` | the menu button that a narrow screen has instead of the sidebar |
| `sidebar`, `room-<name>`, `room-dm`, `unread` | channels, the direct message with the bot, how many are unread |
| `channel-title`, `channel-messages`, `thread-messages` | heading and scrolling message lists |
| `message` with `data-ts`, `data-user` | a message: `[data-testid=message][data-ts="1717171717.000100"]` |
| `message-words`, `message-files`, `message-reactions` | parts of a message |
| `only-you`, `dismiss` | mark of an ephemeral message, and the button that takes it away |
| `action-<action_id>` | a button, menu, picker or field of a message or modal: `action-plan.register_and_run` |
| `option-<value>` | an option of an open menu, or of radio buttons and checkboxes |
| `confirm`, `confirm-yes`, `confirm-no` | the question some buttons ask first |
| `message-app-error` | under a message: why a click did nothing |
| `modal`, `modal-title`, `modal-body` | the view that lies over the page, its heading, its blocks |
| `modal-submit` (`aria-busy`), `modal-close`, `modal-cross` | its buttons, and the cross that closes all of it |
| `modal-trouble` | in a modal: the app did not answer, or not in a way that Slack understands |
| `field-<block_id>`, `error-<block_id>` | an `input` block, and what is wrong with it |
| `thread-link`, `reply-in-thread` | lead from a message to its thread |
| `thread-panel`, `thread-back`, `thread-close` | the thread, back to the channel (narrow screens), close (wide ones) |
| `composer`, `message-input`, `send`, `attach` | the channel's composer, its text area, its buttons |
| `thread-composer`, `thread-input`, `thread-send` | the same in the thread panel |
| `composer-error` | what was refused, one under each composer |
| `file-input`, `thread-file-input` | hold the file pickers: `[data-testid=file-input] input[type=file]` |
| `attachment`, `file` with `data-file`, `file-download` | a file to be sent; a file in a message, its download |
| `suggestions`, `suggestion` | completion of mentions and commands |
| `intro`, `chips`, `chip` | what to do first; quick commands |
| `status` | in the thread panel: "Trainmaster is thinking…"; in the channel the `thread-link` says it |
| `unknown-block` | a block this page cannot show |

Files are dropped on `channel-pane` or `thread-panel`.
"""

from demo.page.site import mount

__all__ = ["mount"]
