//! When a command can be done, and how.

use egui::Context;

use crate::model::{CopyFormat, Protocol, Scene};
use crate::session::{Answer, Command, DemoPhase, Origin};
use crate::text::t;
use crate::ui::cx::{Ask, Pane, PanelCx, Pick, Wish};
use crate::ui::panels::composer::documents;
use crate::ui::paste;
use crate::workspace::{Action, Theme};

/// Sizes that the zoom commands step through, in percent.
pub(in crate::ui) const ZOOMS: [u32; 10] = [50, 75, 90, 100, 110, 125, 150, 200, 250, 300];

/// Whether a command can be done now.
pub(in crate::ui) fn is_enabled(cx: &PanelCx<'_>, action: Action) -> bool {
    use Action as A;
    let state = cx.state;
    match action {
        A::Send | A::Undo | A::Redo | A::CopyHoplens => state.active.is_some(),
        A::CloseDraft => {
            state.active.is_some() || state.editor.is_some() || state.front_tap.is_some()
        }
        A::Cancel => answer(cx)
            .and_then(|answer| answer.call.as_ref())
            .is_some_and(|call| call.outcome.is_none()),
        A::Compare => cx.active_draft().is_some_and(|draft| {
            draft.protocol == Protocol::Grpc && state.schema_of(draft).is_some()
        }),
        A::CopyGrpcurl | A::CopyBufCurl | A::CopyGo | A::CopyPython | A::CopyRust => {
            cx.active_draft().is_some_and(|draft| draft.protocol == Protocol::Grpc)
        }
        A::CopyCurl => cx.active_draft().is_some_and(|draft| draft.protocol == Protocol::Http),
        A::Replay => answer(cx).is_some_and(|answer| answer.call.is_some()),
        A::FillSample => cx.active_draft().is_some_and(|draft| state.schema_of(draft).is_some()),
        A::ReopenDraft => state.n_closed_drafts > 0,
        A::NextDraft | A::PreviousDraft => documents(cx).len() > 1,
        A::Refresh => state.sources.iter().any(|source| source.origin != Origin::BuiltIn),
        A::StartDemo => state.demo == DemoPhase::Stopped,
        A::StopDemo => state.demo != DemoPhase::Stopped,
        A::StartGateway => state.gateway.address.is_none(),
        A::StopGateway => state.gateway.address.is_some(),
        A::ZoomIn => next_zoom(cx, true).is_some(),
        A::ZoomOut => next_zoom(cx, false).is_some(),
        A::DismissProblems => state.notices.iter().any(|notice| notice.severity.is_some()),
        A::CopySettingsPath => state.settings_file.is_some(),
        _ => true,
    }
}

/// Does it.
pub(in crate::ui) fn run(cx: &PanelCx<'_>, ctx: &Context, action: Action) {
    use Action as A;
    let draft = cx.state.active;
    let of_draft =
        |command: fn(_) -> Command| draft.into_iter().for_each(|id| cx.send(command(id)));
    match action {
        A::Palette => cx.wish(Wish::Palette),
        A::Send => of_draft(Command::SendCall),
        A::Cancel => of_draft(Command::CancelCall),
        A::Compare => draft.into_iter().for_each(|id| cx.wish(Wish::Compare(id))),
        A::Replay => replay(cx),
        A::Undo => cx.ask(Ask::Undo),
        A::Redo => cx.ask(Ask::Redo),
        A::FillSample => of_draft(Command::FillWithSample),
        A::PasteGrpcurl => paste::ask(cx, ctx),
        A::NewGrpc => cx.send(Command::NewGrpcDraft),
        A::NewHttp => cx.send(Command::NewHttpDraft),
        A::CloseDraft => documents(cx)
            .iter()
            .filter(|document| document.is_shown(cx))
            .for_each(|document| cx.send(document.close())),
        A::ReopenDraft => cx.send(Command::ReopenDraft),
        A::NextDraft => step(cx, 1),
        A::PreviousDraft => step(cx, -1),
        A::OpenFiles => cx.wish(Wish::Pick(Pick::Schemas)),
        A::OpenFolder => cx.wish(Wish::Pick(Pick::SchemaFolder)),
        A::PastePath => cx.ask(Ask::GoToPath),
        A::NewProto => cx.send(Command::NewScratch(t("scratch.template").into())),
        A::TapService => cx.send(Command::NewTap(String::new())),
        A::AskServer => cx.ask(Ask::GoToServer),
        A::FilterMethods => cx.ask(Ask::GoToFilter),
        A::Refresh => cx.ask(Ask::Refresh),
        A::GoToSchemas => cx.ask(Ask::GoTo(Pane::Explorer)),
        A::GoToRequest => cx.ask(Ask::GoTo(Pane::Composer)),
        A::GoToResponse => cx.ask(Ask::GoTo(Pane::Response)),
        A::GoToFlow => cx.ask(Ask::GoTo(Pane::Flow)),
        A::GoToLatency => cx.ask(Ask::GoTo(Pane::Latency)),
        A::Freeze => cx.ask(Ask::Freeze),
        A::Fit => cx.ask(Ask::Fit),
        _ => match copied_as(action) {
            Some(format) => {
                if let Some(draft) = draft {
                    cx.send(Command::CopyAs { draft, format });
                }
            }
            None => of_window(cx, ctx, action),
        },
    }
}

/// What an action copies a draft as, where it does.
fn copied_as(action: Action) -> Option<CopyFormat> {
    use Action as A;
    Some(match action {
        A::CopyGrpcurl => CopyFormat::Grpcurl,
        A::CopyBufCurl => CopyFormat::BufCurl,
        A::CopyCurl => CopyFormat::Curl,
        A::CopyHoplens => CopyFormat::Hoplens,
        A::CopyGo => CopyFormat::Go,
        A::CopyPython => CopyFormat::Python,
        A::CopyRust => CopyFormat::Rust,
        _ => return None,
    })
}

/// What concerns the window as a whole.
fn of_window(cx: &PanelCx<'_>, ctx: &Context, action: Action) {
    use Action as A;
    let zoom = |to: Option<u32>| {
        if let Some(percent) = to {
            cx.send(Command::SetZoom(percent as f32 / 100.0));
        }
    };
    match action {
        A::Settings => cx.wish(Wish::Settings),
        A::ZoomIn => zoom(next_zoom(cx, true)),
        A::ZoomOut => zoom(next_zoom(cx, false)),
        A::ZoomReset => zoom(Some(100)),
        A::ThemeSystem => cx.send(Command::SetTheme(Theme::System)),
        A::ThemeDark => cx.send(Command::SetTheme(Theme::Dark)),
        A::ThemeLight => cx.send(Command::SetTheme(Theme::Light)),
        A::ReduceMotion => cx.send(Command::SetReduceMotion(!cx.state.settings.reduce_motion)),
        A::ResetLayout => cx.wish(Wish::ResetLayout),
        A::StartDemo => cx.send(Command::StartDemo),
        A::StopDemo => cx.send(Command::StopDemo),
        A::SceneHello => cx.send(Command::SelectScene(Scene::Hello)),
        A::SceneGateway => cx.send(Command::SelectScene(Scene::ThroughGateway)),
        A::SceneShop => cx.send(Command::SelectScene(Scene::Shop)),
        A::TrafficOff => cx.send(Command::SetTraffic(0)),
        A::TrafficLow => cx.send(Command::SetTraffic(2)),
        A::TrafficMiddle => cx.send(Command::SetTraffic(20)),
        A::TrafficHigh => cx.send(Command::SetTraffic(200)),
        A::StartGateway => cx.send(Command::StartGateway),
        A::StopGateway => cx.send(Command::StopGateway),
        A::DismissProblems => {
            for notice in cx.state.notices.iter().filter(|notice| notice.severity.is_some()) {
                cx.send(Command::DismissNotice(notice.id));
            }
        }
        A::CopySettingsPath => {
            if let Some(file) = &cx.state.settings_file {
                ctx.copy_text(file.display().to_string());
            }
        }
        _ => {}
    }
}

fn answer<'a>(cx: &PanelCx<'a>) -> Option<&'a Answer> {
    cx.state.shown_answer().map(|answer| &**answer)
}

fn replay(cx: &PanelCx<'_>) {
    if let Some(call) = answer(cx).and_then(|answer| answer.call.as_ref()) {
        cx.ask(Ask::PlayTrace(call.trace.trace_id));
    }
}

/// The next size of everything in percent, if there is one.
pub(in crate::ui) fn next_zoom(cx: &PanelCx<'_>, is_bigger: bool) -> Option<u32> {
    let percent = (cx.state.settings.zoom * 100.0).round() as u32;
    let mut zooms = ZOOMS.into_iter();
    if is_bigger {
        zooms.find(|zoom| *zoom > percent)
    } else {
        zooms.rev().find(|zoom| *zoom < percent)
    }
}

/// Shows the neighbour of the shown draft or editor; behind the last one comes the first.
fn step(cx: &PanelCx<'_>, by: isize) {
    let documents = documents(cx);
    let Some(at) = documents.iter().position(|document| document.is_shown(cx)) else { return };
    let next = (at + documents.len()).saturating_add_signed(by) % documents.len();
    if let Some(document) = documents.get(next).filter(|_| next != at) {
        cx.send(document.show());
    }
}
