"""Fine-tuning of any Hugging Face causal language model: full, LoRA, DoRA, QLoRA; SFT, DPO, KTO.

Knows models, records and folders of LoRA weights; knows nothing of bots. peft, TRL and bitsandbytes are imported
where they are first needed.
"""
