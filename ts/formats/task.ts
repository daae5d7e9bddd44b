/** One access to the system, to be done at once or in the background. */
export interface Access<T = unknown> {
  now(): T
  later(): Promise<T>
}

/** A task that yields its accesses and is given their results, so that one text serves both ways of running it. */
export type Task<T> = Generator<Access, T, unknown>

/** Runs a task on this thread. */
export function runNow<T>(task: Task<T>): T {
  let step = task.next()
  while (!step.done) {
    const access = step.value
    step = settle(task, () => access.now())
  }
  return step.value
}

/** Runs a task with its accesses in the background. */
export async function runLater<T>(task: Task<T>): Promise<T> {
  let step = task.next()
  while (!step.done) {
    try {
      const value = await step.value.later()
      step = task.next(value)
    } catch (error) {
      step = task.throw(error)
    }
  }
  return step.value
}

function settle<T>(task: Task<T>, access: () => unknown): IteratorResult<Access, T> {
  let value: unknown
  try {
    value = access()
  } catch (error) {
    return task.throw(error)
  }
  return task.next(value)
}

/** Yields an access and gives its result. */
export function* use<T>(access: Access<T>): Task<T> {
  return (yield access) as T
}
