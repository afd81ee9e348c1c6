from code_tasks import Task
def grammar_tasks() -> list[Task]:
    return []
