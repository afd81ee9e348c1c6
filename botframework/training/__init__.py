"""Training of the bundled model: tokenizer, pretraining, fine-tuning, embedder, evaluation.

Knows records, token ids and tensors; knows nothing of bots, channels or langchain.
"""
