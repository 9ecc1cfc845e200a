// What can be done with a report: laid out otherwise, kept as a file, cloned or changed by those who may.
import { useLocation } from 'wouter-preact'
import { Download, LayoutGrid, Pencil, Printer } from 'lucide-preact'
import { entity, meta } from '../data/session'
import { Menu } from '../kit/Menu'
import { downloadFile } from '../list/download'
import { t } from '../locale/i18n'
import { tr } from './texts'
import { bodyOf, formOf, forms, type Answer, type Parameters } from './wire'

interface Props { answer: Answer; parameters: Parameters; onChoose: (next: Partial<Parameters>) => void }

/** Whether this person may change what a saved report says. */
export const mayChange = (answer: Answer): boolean => !!answer.report.saved && !!entity('report')?.can.update && (meta.value?.user.admin === true || answer.report.saved.author.id === meta.value?.user.id)

export function ReportTools({ answer, parameters, onChoose }: Props) {
  const [, navigate] = useLocation()
  const { report } = answer
  const form = formOf(answer, parameters)
  const possible = forms.filter((one) => one !== 'pivot' || (report.rows.length > 0 && report.columns.length > 0))
  const file = (format: 'csv' | 'xlsx' | 'pdf'): void => { void downloadFile(`reports/${report.name}/export`, `${report.label}.${format}`, { ...bodyOf(parameters), format }) }
  const exports = answer.metrics.every(({ definition }) => !definition.of || entity(definition.of)?.can.export)
  return (
    <>
      <Menu label={tr('form')} class="button" align="start" items={possible.map((one) => ({ label: tr(`form_${one}`), checked: one === form, run: () => onChoose({ form: one }) }))}><LayoutGrid size={14} aria-hidden="true" />{tr(`form_${form}`)}</Menu>
      {exports && <Menu label={t('export')} class="button" align="start" items={(['xlsx', 'csv', 'pdf'] as const).map((format) => ({ label: t('export_as', { format: format.toUpperCase() }), icon: 'download', run: () => file(format) }))}><Download size={14} aria-hidden="true" />{t('export')}</Menu>}
      <button type="button" class="button" onClick={() => print()}><Printer size={14} aria-hidden="true" />{tr('print')}</button>
      {mayChange(answer) && <button type="button" class="button" onClick={() => navigate(`/reports/${report.name}?edit`)}><Pencil size={14} aria-hidden="true" />{t('edit')}</button>}
      {entity('report')?.can.create && <button type="button" class="button" onClick={() => navigate(`/reports/new?from=${report.name}`)}>{tr('clone')}</button>}
    </>
  )
}

/** Who answers for a saved report. */
export function SavedMark({ answer }: { answer: Answer }) {
  const { saved } = answer.report
  if (!saved) return null
  return <p class="report-mark"><span class={`tag ${saved.certified ? 'green' : 'amber'}`}>{tr(saved.certified ? 'certified' : 'draft')}</span> {saved.author.title && tr('by_author', { author: saved.author.title })}</p>
}
