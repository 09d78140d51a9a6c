"""Interviews read and questions answered by a language model behind any OpenAI-compatible endpoint.

What the model writes is never taken at its word: findings and sentences without
words that were said are dropped, and the words are looked up in the transcript.
`config` says which endpoint, `engine` is who reads and answers.
"""
