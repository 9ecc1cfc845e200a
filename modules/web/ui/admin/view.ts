// Begins to look with the eyes of a role or a person; the server writes down that it happens.
import { lookAs, request } from '../data/api'
import { sayProblem } from '../data/undo'

export async function beginView(as: string, name: string): Promise<void> {
  try {
    await request('POST', 'session/view', { body: { as } })
    lookAs({ as, name })
  } catch (error) { sayProblem(error) }
}
