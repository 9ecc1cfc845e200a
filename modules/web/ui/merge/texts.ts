// The texts of duplicates and merging, loaded with them.
import en from '../locale/merge_en.json'
import ru from '../locale/merge_ru.json'
import { textsOf } from '../locale/i18n'

export const tm = textsOf({ en, ru })
