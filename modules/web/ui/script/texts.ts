import { textsOf } from '../locale/i18n'
import en from '../locale/editor_en.json'
import ru from '../locale/editor_ru.json'

export type EditorKey = keyof typeof en
export const te = textsOf({ en, ru })
