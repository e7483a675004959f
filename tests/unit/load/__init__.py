"""The judgement of the loads: what counts as lost, doubled, out of order, and how long a backlog may take."""
