-- A task for the owner when a deal comes into a stage.
-- Задача ответственному, когда сделка приходит в стадию.

local tasks = {
  -- stage = { kind, days until it is due, subject }
  Qualified = { "meeting", 3, { en = "Arrange a meeting", ru = "Договориться о встрече" } },
  Proposal = { "task", 2, { en = "Send the proposal", ru = "Отправить предложение" } },
  Negotiation = { "call", 2, { en = "Ask what they think of it", ru = "Спросить, что решили" } },
  Won = { "task", 1, { en = "Thank and hand over", ru = "Поблагодарить и передать в работу" } },
}

after("deal.stage.changed", function(event)
  local deal, stage = event.record, event.after.stage
  local task = stage and tasks[stage.name]
  if not task or not deal.name then return end
  crm.create("activity", {
    kind = task[1], subject = crm.t(task[3]), about = deal, organization = deal.organization, owner = deal.owner,
    due_at = event.at + task[2] * 24 * 3600 * 1000,
  })
end)
