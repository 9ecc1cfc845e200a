-- When a user leaves (is no longer active) what they had open goes to their manager, else to the head of their team.
-- Когда сотрудник уходит (больше не действует), его открытые дела переходят к руководителю, иначе к главе команды.

local open = {
  lead = "stage.kind == 'open'",
  deal = "stage.kind == 'open'",
  organization = "true",
  contact = "true",
  activity = "done_at == nil and status ~= 'cancelled'",
}
local most = 2000 -- of an entity in a run

after("user.updated", { when = "not active" }, function(event)
  local user = event.record
  if not event.changed.active then return end
  local heir = user.manager or (user.team and user.team.head)
  if not heir or not heir.active or heir.id == user.id then
    crm.log("nobody takes over from", user.login)
    return
  end
  local moved = 0
  for _, entity in ipairs { "lead", "deal", "organization", "contact", "activity" } do
    crm.query(entity):where(open[entity]):where("owner == ?", user):limit(most):each(function(record)
      crm.update(record, { owner = heir, team = heir.team or crm.null })
      moved = moved + 1
    end)
  end
  if moved > 0 then
    local text = crm.t { en = "You take over from ", ru = "Вам переданы записи: " } .. (user.name or user.login) .. ": " .. moved
    crm.notify(heir, { kind = "hand_over", text = text })
  end
end)
