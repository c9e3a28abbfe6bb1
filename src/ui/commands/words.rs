//! What the commands are called.

use crate::text::t;
use crate::workspace::Action;

/// The name of a command, as palette and settings list it.
pub(in crate::ui) fn name(action: Action) -> &'static str {
    use Action as A;
    match action {
        A::Palette => t("commands.palette"),
        A::Settings => t("commands.settings"),
        A::Send => t("commands.send"),
        A::Cancel => t("commands.cancel"),
        A::Replay => t("commands.replay"),
        A::Undo => t("commands.undo"),
        A::Redo => t("commands.redo"),
        A::FillSample => t("commands.fill_sample"),
        A::NewGrpc => t("commands.new_grpc"),
        A::NewHttp => t("commands.new_http"),
        A::CloseDraft => t("commands.close_draft"),
        A::ReopenDraft => t("commands.reopen_draft"),
        A::NextDraft => t("commands.next_draft"),
        A::PreviousDraft => t("commands.previous_draft"),
        A::OpenFiles => t("commands.open_files"),
        A::OpenFolder => t("commands.open_folder"),
        A::PastePath => t("commands.paste_path"),
        A::AskServer => t("commands.ask_server"),
        A::FilterMethods => t("commands.filter_methods"),
        A::Refresh => t("commands.refresh"),
        A::GoToSchemas => t("commands.go_to_schemas"),
        A::GoToRequest => t("commands.go_to_request"),
        A::GoToResponse => t("commands.go_to_response"),
        A::GoToFlow => t("commands.go_to_flow"),
        A::GoToLatency => t("commands.go_to_latency"),
        A::Freeze => t("commands.freeze"),
        A::Fit => t("commands.fit"),
        A::ZoomIn => t("commands.zoom_in"),
        A::ZoomOut => t("commands.zoom_out"),
        A::ZoomReset => t("commands.zoom_reset"),
        A::ThemeSystem => t("commands.theme_system"),
        A::ThemeDark => t("commands.theme_dark"),
        A::ThemeLight => t("commands.theme_light"),
        A::ReduceMotion => t("commands.reduce_motion"),
        A::ResetLayout => t("commands.reset_layout"),
        A::StartDemo => t("commands.start_demo"),
        A::StopDemo => t("commands.stop_demo"),
        A::StartGateway => t("commands.start_gateway"),
        A::StopGateway => t("commands.stop_gateway"),
        A::DismissProblems => t("commands.dismiss_problems"),
        A::CopySettingsPath => t("commands.copy_settings_path"),
    }
}
