-- What can be done with a lead on its page.

view "lead_convert" {
  slot = "record.action",
  entity = "lead",
  position = 10,
  icon = "arrow-right",
  tone = "green",
  file = "lead.mjs",
  part = "convert",
  label = { en = "Convert", ru = "Конвертировать" },
  where = "converted_at == nil",
}
