-- Each working day: owners are told of deals that stand in a stage longer than its limit, once for each stay.
-- Каждый рабочий день: о сделках, которые стоят в стадии дольше предела, узнаёт ответственный - раз за стоянку.

schedule("0 9 * * 1-5", function()
  local stuck = "stage.kind == 'open' and stage.limit_days ~= nil and day(stage_since) + stage.limit_days < today()"
  local left = 500 -- a run may look at so many keys; the others come the next day
  crm.query("deal"):where(stuck):sort("stage_since"):each(function(deal)
    if deal.owner and crm.once(deal.id .. "/" .. deal.stage_since) then
      local text = crm.t { en = "Too long in the stage ", ru = "Слишком долго в стадии " } .. deal.stage.name
      crm.notify(deal.owner, { kind = "stuck", text = text }, deal)
    end
    left = left - 1
    return left > 0
  end)
end)
