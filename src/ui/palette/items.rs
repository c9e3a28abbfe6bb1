//! What the palette can find, and what choosing it does.

use std::collections::VecDeque;
use std::sync::Arc;

use egui::Context;

use super::hands::{self, Hand};
use crate::model::{DraftId, MethodPath, SourceId};
use crate::session::{Command, Origin};
use crate::text::{fill, t};
use crate::ui::cx::{PanelCx, Wish};
use crate::ui::panels::{composer, explorer};
use crate::ui::settings_page::{self, Row};
use crate::ui::{commands, fuzzy};
use crate::workspace::Action;

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// Run a command.
    Run(Action),
    /// Show an open request.
    Draft(DraftId),
    /// Open a method as a request.
    Method(SourceId, MethodPath),
    /// Open an HTTP route as a request.
    Route(SourceId, usize),
    /// Serve a source.
    Serve(SourceId),
    /// Serve it no longer.
    StopServing(SourceId),
    /// Close it.
    Close(SourceId),
    /// Do something to an instance, or to a service.
    Hand(Hand, Arc<str>),
    /// Open the settings at this row.
    Setting(Row),
}

/// A hit, as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// What it is.
    pub(super) item: Item,
    /// How it is called.
    pub(super) name: String,
    /// What kind of thing it is, or where it comes from.
    pub(super) kind: String,
    /// Whether its name is code.
    pub(super) is_code: bool,
}

impl Item {
    /// Does what choosing it promises.
    pub(super) fn run(self, cx: &PanelCx<'_>, ctx: &Context) {
        match self {
            Self::Run(action) => commands::run(cx, ctx, action),
            Self::Draft(draft) => cx.send(Command::ActivateDraft(draft)),
            Self::Method(source, method) => cx.send(Command::OpenMethod { source, method }),
            Self::Serve(source) => cx.send(Command::ServeSource(source)),
            Self::StopServing(source) => cx.send(Command::StopServing(source)),
            Self::Close(source) => cx.send(Command::CloseSource(source)),
            Self::Hand(hand, whom) => cx.send(hand.command(whom)),
            Self::Setting(row) => cx.wish(Wish::SettingsAt(row)),
            Self::Route(source, route_idx) => cx.send(Command::OpenRoute { source, route_idx }),
        }
    }
}

/// Everything that fits, the best first; what was used last stands before what fits as well.
pub(super) fn find(cx: &PanelCx<'_>, query: &str, recent: &VecDeque<Item>) -> Vec<Found> {
    let age = |item: &Item| recent.iter().position(|used| used == item).unwrap_or(recent.len());
    let everything = all(cx).into_iter();
    let mut hits: Vec<_> = everything
        .filter_map(|found| {
            let fit = fuzzy::fit(query, &found.name).or_else(|| {
                fuzzy::fit(query, &format!("{} {}", found.name, found.kind)).map(|fit| fit + 5)
            })?;
            Some((
                (fit, age(&found.item), query.is_empty() || found.is_code, found.name.len()),
                found,
            ))
        })
        .collect();
    // A stable sort: what fits alike stays in the order of the lists.
    if query.is_empty() {
        hits.sort_by_key(|((_, age, _, _), _)| *age);
    } else {
        hits.sort_by_key(|(rank, _)| *rank);
    }
    hits.into_iter().map(|(_, found)| found).collect()
}

fn all(cx: &PanelCx<'_>) -> Vec<Found> {
    let actions = Action::ALL
        .into_iter()
        .filter(|action| *action != Action::Palette && commands::is_enabled(cx, *action));
    let mut all: Vec<Found> = actions
        .map(|action| Found {
            item: Item::Run(action),
            name: commands::name(action).to_owned(),
            kind: t("commands.find.command").to_owned(),
            is_code: false,
        })
        .collect();
    all.extend(cx.state.drafts.iter().map(|draft| Found {
        item: Item::Draft(draft.id),
        name: composer::title(draft),
        kind: t("commands.find.request").to_owned(),
        is_code: false,
    }));
    for source in &cx.state.sources {
        let kind = || fill("commands.find.method", &[("source", &source.name)]);
        let services = source.schema.iter().flat_map(|schema| schema.services());
        let shown = services.filter(|service| !explorer::rows::is_noise(&service.full_name));
        let methods = shown.flat_map(|service| &service.methods);
        all.extend(methods.map(|method| Found {
            item: Item::Method(source.id, method.path.clone()),
            name: method.path.to_string(),
            kind: kind(),
            is_code: true,
        }));
        all.extend(source.routes.iter().enumerate().map(|(idx, route)| Found {
            item: Item::Route(source.id, idx),
            name: format!("{} {}", route.method, route.path),
            kind: kind(),
            is_code: true,
        }));
    }
    for source in &cx.state.sources {
        let name: [(&str, &dyn std::fmt::Display); 1] = [("name", &source.name)];
        let command = |item, name| Found {
            item,
            name,
            kind: t("commands.find.command").to_owned(),
            is_code: false,
        };
        if cx.state.mocks.contains_key(&source.id) {
            let words = fill("explorer.stop_serving_source", &name);
            all.push(command(Item::StopServing(source.id), words));
        } else if explorer::serve::can_be_served(source) {
            all.push(command(Item::Serve(source.id), fill("explorer.serve_source", &name)));
        }
        if source.origin != Origin::BuiltIn {
            all.push(command(Item::Close(source.id), fill("explorer.close_source", &name)));
        }
    }
    all.extend(hands::all(cx));
    let rows = settings_page::groups(cx).into_iter().flat_map(|(_, rows)| rows);
    all.extend(rows.filter(|row| !matches!(row, Row::Shortcut(_))).map(|row| Found {
        name: row.name(),
        item: Item::Setting(row),
        kind: t("settings.row").to_owned(),
        is_code: false,
    }));
    all
}
