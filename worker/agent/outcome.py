"""The words by which a conversation is told what became of an approval; shared by whoever says and reads them."""

#: How the message begins that tells a conversation what became of a proposal. No person's message begins so.
OUTCOME = "[approval outcome]"
#: What the model answers when nothing is left to do or to say.
NOTHING = "NOTHING"
