"""MISO, a hosted platform for apps made of language models: who analyses, chats and searches when a project says so.

`config` says where it is and with which keys, `wire` sends and judges, `events`
reads streams, `reading` what apps put out; `workflow`, `chat` and `knowledge` are
its three kinds of app, and `engine` makes of them what every engine must be able
to do.
"""
